"""A refused request as its client's developer may see it later: what was sent, without anything that is secret.

Kept for a day and at most so many, for anybody can be refused as often as they like: see `asgi/refusals`. Whoever gets
an error page is given its reference, and a developer who opens that is told the whole story.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from msgspec import Struct

from grantwell.protocol.authorization_errors import AuthorizationPageError
from grantwell.protocol.context import Context
from grantwell.protocol.errors import OAuthError

MASKED = "…"
MAXIMUM_URI = 500
MAXIMUM_VALUE = 200
# What may be read by others. Anything else is only told to have been there: `state`, codes, verifiers, unknown names.
SHOWN = ("client_id", "response_type", "scope", "resource", "code_challenge_method", "prompt", "response_mode")
HIDDEN = ("state", "code_challenge")


class RefusedRequest(Struct, frozen=True, gc=False):
    """One refusal. `reference` is the id of the request; `client_id` stays empty where no such client is known.

    `sent` are names and values of parameters, those that may be secret masked; `operation` is `authorize` or `token`.
    """

    reference: str
    at: int
    client_id: str
    operation: str
    error: str
    reason: str
    description: str
    redirect_uri: str | None
    sent: tuple[tuple[str, str], ...]


def tell_authorization(
    error: OAuthError, asked: Mapping[str, str | None], registered: Sequence[str], context: Context
) -> None:
    """Have an error tell of its authorization request (RFC 6749 section 4.1.1).

    `registered` are the client's redirect URIs, which say what of the sent one is no secret.
    """
    uri = asked.get("redirect_uri")
    shown = None if not uri else masked_uri(uri, registered)
    _tell(error, "authorize", asked.get("client_id") or "", shown, shown_parameters(asked), context)


def tell_token_request(error: OAuthError, client_id: str, grant_type: str, context: Context) -> None:
    """Have an error tell of its token request (RFC 6749 section 3.2): which client, and which way to get a token."""
    _tell(error, "token", client_id, None, (("grant_type", plain(grant_type)),), context)


def _tell(
    error: OAuthError,
    operation: str,
    client_id: str,
    redirect_uri: str | None,
    sent: tuple[tuple[str, str], ...],
    context: Context,
) -> None:
    # What is answered by redirect, or by a page, stands for the error that it was.
    cause = error.__cause__ if isinstance(error.__cause__, OAuthError) else error
    code = error.page_error if isinstance(error, AuthorizationPageError) else cause.error
    error.refused = RefusedRequest(
        context.request_id,
        context.now,
        plain(client_id),
        operation,
        code,
        error.reason,
        error.description,
        redirect_uri,
        sent,
    )


def shown_parameters(asked: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """The known parameters that have a value, those that may be secret masked."""
    shown = [(name, plain(asked[name] or "")) for name in SHOWN if asked.get(name)]
    return (*shown, *((name, MASKED) for name in HIDDEN if asked.get(name)))


def plain(value: str) -> str:
    """A value as it may be kept: short, and without what could not be seen or would break a line."""
    kept = "".join(each if "\x20" <= each <= "\x7e" else "?" for each in value[: MAXIMUM_VALUE + 1])
    return kept if len(kept) <= MAXIMUM_VALUE else f"{kept[:MAXIMUM_VALUE]}{MASKED}"


def masked_uri(uri: str, registered: Sequence[str]) -> str:
    """A redirect URI with its user information, its fragment and the values of its query masked.

    A query is shown as far as a registered URI has the very same: a value that is public there is no secret.
    """
    known = {pair for each in registered for pair in each.partition("#")[0].partition("?")[2].split("&")}
    whole, hash_, _ = uri.partition("#")
    before, mark, query = whole.partition("?")
    scheme, slashes, rest = before.partition("://")
    authority, slash, path = rest.partition("/")
    _, at, host = authority.rpartition("@")
    address = f"{scheme}{slashes}{MASKED if at else ''}{at}{host}{slash}{path}" if slashes else before
    pairs = [pair if pair in known else _masked_pair(pair) for pair in query.split("&")] if query else []
    return _short(f"{address}{mark}{'&'.join(pairs)}{hash_}{MASKED if hash_ else ''}")


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if equals:
        return f"{name}={MASKED if value else ''}"
    # A bare word may itself be the secret.
    return pair if parse_qsl(pair, keep_blank_values=True) == [] else MASKED


def _short(uri: str) -> str:
    kept = "".join(each if "\x21" <= each <= "\x7e" or each == MASKED else "\ufffd" for each in uri[: MAXIMUM_URI + 1])
    return kept if len(kept) <= MAXIMUM_URI else f"{kept[:MAXIMUM_URI]}{MASKED}"
