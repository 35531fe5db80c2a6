"""The browser's part of a login: where to send the person, and what to make of where they come back to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from grantwell.sdk.errors import AuthorizationDeniedError, CallbackError
from grantwell.sdk.login.pkce import code_challenge, new_code_verifier
from grantwell.sdk.requests import encode_query
from grantwell.sdk.responses import printable


def new_state() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """An authorization that was begun (RFC 6749, section 4.1.1), with PKCE (S256) and a state of its own.

    A web application keeps it in the person's session, with `dataclasses.asdict`: all fields are plain values.

    Attributes:
        authorization_endpoint: of the server; may have a query.
        client_id: who asks.
        redirect_uri: where the person comes back to.
        scope: what for, separated by blanks, or None.
        resource: whose tokens these shall be (RFC 8707), or None.
        parameters: others, such as `prompt`.
        issuer: who must answer (RFC 9207).
        issuer_required: whether an answer that does not say who answers is refused.
        state: ties the answer to the person's own browser (RFC 6749, section 10.12). A secret.
        code_verifier: ties the exchange to whoever began (RFC 7636). A secret.
    """

    authorization_endpoint: str
    client_id: str
    redirect_uri: str
    scope: str | None = None
    resource: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    issuer: str
    issuer_required: bool = False
    state: str = field(default_factory=new_state, repr=False)
    code_verifier: str = field(default_factory=new_code_verifier, repr=False)

    @property
    def url(self) -> str:
        """Where to send the person's browser."""
        query = self.parameters | {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "resource": self.resource,
            "state": self.state,
            "code_challenge": code_challenge(self.code_verifier),
            "code_challenge_method": "S256",
        }
        separator = "&" if urlsplit(self.authorization_endpoint).query else "?"
        return f"{self.authorization_endpoint}{separator}{encode_query(query)}"

    def code_from(self, callback_url: str) -> str:
        """The authorization code in the address that the person came back to.

        Raises:
            CallbackError: it is not the answer to this request.
            AuthorizationDeniedError: it is, and the answer is an error, such as `access_denied`.
        """
        # Whose answer it is comes first: nothing else in an answer of somebody else's means anything.
        if not self.is_answered_by(callback_url):
            raise CallbackError("the answer belongs to another request: its state is missing or different")
        answer = parameters_of(callback_url)
        if "iss" not in answer and self.issuer_required:
            raise CallbackError(f"the answer does not say who it is from, and {self.issuer} always does")
        if answer.get("iss", self.issuer) != self.issuer:
            raise CallbackError(f"the answer is from {printable(answer['iss'])}, and was to be from {self.issuer}")
        if "error" in answer:
            raise AuthorizationDeniedError(printable(answer["error"]), printable(answer.get("error_description", "")))
        if not answer.get("code"):
            raise CallbackError("the answer holds neither a code nor an error")
        return answer["code"]

    def is_answered_by(self, callback_url: str) -> bool:
        """Whether this address holds the answer to this request, whatever the answer is: whether its state says so."""
        states = [value for name, value in query_of(callback_url) if name == "state"]
        return len(states) == 1 and secrets.compare_digest(states[0].encode(), self.state.encode())


def query_of(callback_url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(callback_url).query, keep_blank_values=True)


def parameters_of(callback_url: str) -> dict[str, str]:
    pairs = query_of(callback_url)
    if len(dict(pairs)) != len(pairs):
        raise CallbackError("the answer holds a parameter twice")
    return dict(pairs)
