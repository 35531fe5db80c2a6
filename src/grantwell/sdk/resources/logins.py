"""What `client.oauth` adds to the wire: the address to send a person to, and the exchange of what comes back."""

from typing import Protocol, Unpack
from urllib.parse import urlsplit

from grantwell.sdk.calls import operation
from grantwell.sdk.login.authorization_request import AuthorizationRequest
from grantwell.sdk.pagination import Sends, SendsAsync
from grantwell.sdk.requests import CallOptions, Request
from grantwell.sdk.resources.tokens import TokenOperations
from grantwell.sdk.types import OAuthTokenResponse


class HasConnection(Protocol):
    """Whatever sends to one server."""

    @property
    def _connection(self) -> Sends | SendsAsync: ...


class LoginOperations:
    def authorization_url(
        self: HasConnection,
        *,
        client_id: str,
        redirect_uri: str,
        scope: str | None = None,
        resource: str | None = None,
        issuer: str | None = None,
        issuer_required: bool = False,
        **parameters: str,
    ) -> AuthorizationRequest:
        """Begins a login: its `url` is where to send the person. Asks the server nothing.

        State and PKCE (S256) are its own; `exchange` checks and uses them. In a web application keep the result in the
        person's session, with `dataclasses.asdict`, and make it again with `AuthorizationRequest(**kept)`.

        Args:
            client_id: who asks.
            redirect_uri: where the person comes back to.
            scope: what for, separated by blanks.
            resource: whose tokens these shall be (RFC 8707).
            issuer: who must answer (RFC 9207); the origin of `base_url`, if not said.
            issuer_required: whether the answer must say so, as a Grantwell server's always does.
            parameters: others, such as `prompt="consent"`.
        """
        base_url = self._connection.settings.base_url
        return AuthorizationRequest(
            authorization_endpoint=f"{base_url}/oauth/authorize",
            client_id=client_id,
            redirect_uri=redirect_uri,
            scope=scope,
            resource=resource,
            parameters=parameters,
            issuer=issuer or origin_of(base_url),
            issuer_required=issuer_required,
        )

    @operation
    def exchange(
        self,
        request: AuthorizationRequest,
        callback_url: str,
        *,
        client_secret: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[OAuthTokenResponse]:
        """Ends a login: checks the answer that the person came back with, and exchanges its code for tokens.

        Args:
            request: what `authorization_url` returned.
            callback_url: the whole address that the person came back to.
            client_secret: of the client, if it is confidential.
            options: see `CallOptions`.

        Raises:
            CallbackError: the answer is not one to this request, or is an error.
        """
        return TokenOperations.token.request(
            grant_type="authorization_code",
            client_id=request.client_id,
            client_secret=client_secret,
            code=request.code_from(callback_url),
            code_verifier=request.code_verifier,
            redirect_uri=request.redirect_uri,
            resource=request.resource,
            **options,
        )


def origin_of(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
