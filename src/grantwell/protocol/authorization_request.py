"""An authorization request (RFC 6749 section 4.1.1): what may be asked, and where a refusal may be sent."""

from msgspec import Struct

from grantwell.protocol.authorization_errors import (
    AuthorizationPageError,
    AuthorizationRedirectError,
    InteractionRequired,
    RequestNotSupported,
    UnsupportedResponseType,
)
from grantwell.protocol.consent_rules import metadata_digest
from grantwell.protocol.consent_token import fits
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidRequest, OAuthError, UnauthorizedClient
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.pkce import accept_challenge
from grantwell.protocol.records import Client
from grantwell.protocol.redirect_uri import matches_registered, with_parameters
from grantwell.protocol.resource import choose_resource
from grantwell.protocol.scope import grant_scopes, parse_scope
from grantwell.protocol.ui_locales import read_ui_locales

MAXIMUM_STATE = 1024
MAXIMUM_LENGTH = 2048
REQUEST_OBJECTS = ("request", "request_uri")


class AuthorizationRequest(Struct, frozen=True):
    """What was asked. `unsupported` names parameters whose meaning would be lost if they were ignored."""

    client_id: str
    redirect_uri: str
    response_type: str | None
    scope: str | None
    state: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    resource: str | None
    prompt: str | None
    response_mode: str | None
    unsupported: tuple[str, ...]
    ui_locales: str | None = None


_KNOWN = AuthorizationRequest.__struct_fields__[:-2]


def read_authorization_request(parameters: dict[str, str]) -> AuthorizationRequest:
    """Read the parameters. Raises AuthorizationPageError for what leaves nobody to send an answer to."""
    # What has no value counts as left out (RFC 6749 section 3.1), and what is not known here does not count at all.
    said = {name: parameters[name] for name in _KNOWN if parameters.get(name)}
    if "client_id" not in said:
        raise _page(400, "invalid_request", "client_id is missing", "client_id_missing")
    if "redirect_uri" not in said:
        raise _page(400, "invalid_request", "redirect_uri is missing", "redirect_uri_missing")
    if len(said.get("state", "")) > MAXIMUM_STATE:
        raise _page(400, "invalid_request", f"state is longer than {MAXIMUM_STATE} characters", "state_too_long")
    if any(len(value) > MAXIMUM_LENGTH for value in said.values()):
        raise _page(400, "invalid_request", "a parameter is too long", "parameter_too_long")
    return AuthorizationRequest(
        said["client_id"],
        said["redirect_uri"],
        said.get("response_type"),
        said.get("scope"),
        said.get("state"),
        said.get("code_challenge"),
        said.get("code_challenge_method"),
        said.get("resource"),
        said.get("prompt"),
        said.get("response_mode"),
        tuple(name for name in REQUEST_OBJECTS if parameters.get(name)),
        read_ui_locales(parameters.get("ui_locales")),
    )


def trust_redirect_uri(request: AuthorizationRequest, client: Client | None) -> Client:
    """The client, once its redirect URI may be used. Raises AuthorizationPageError: nothing is sent there before."""
    if client is None or not client.enabled:
        raise _page(404, "invalid_client", "this client is not known here", "authorize_client_unknown")
    if not matches_registered(request.redirect_uri, client):
        raise _page(422, "invalid_request", "redirect_uri is not registered for this client", "redirect_uri_unknown")
    return client


def accept(request: AuthorizationRequest, client: Client, context: Context) -> ConsentRequest:
    """What a person will be asked. Raises AuthorizationRedirectError, by way of the trusted redirect URI."""
    try:
        return _accept(request, client, context)
    except OAuthError as e:
        error = {"error": e.error, "error_description": e.description}
        location = answer(request.redirect_uri, request.state, context, error)
        raise AuthorizationRedirectError(location, e.description, reason=e.reason) from e


def answer(redirect_uri: str, state: str | None, context: Context, parameters: dict[str, str]) -> str:
    """Where the browser goes: the redirect URI with the answer, `state` and `iss` (RFC 9207 section 2)."""
    return with_parameters(redirect_uri, {**parameters, "state": state, "iss": context.server.issuer})


def _accept(request: AuthorizationRequest, client: Client, context: Context) -> ConsentRequest:
    server = context.server
    _refuse_unsupported(request, client)
    scopes = grant_scopes(parse_scope(request.scope), client, server)
    challenge = accept_challenge(
        client, request.code_challenge, request.code_challenge_method, allow_plain=server.allow_plain_pkce
    )
    asked = ConsentRequest(
        context.token_identifier(),
        client.client_id,
        metadata_digest(client),
        request.redirect_uri,
        scopes,
        choose_resource(request.resource, server),
        request.state,
        challenge[0] if challenge else None,
        challenge[1] if challenge else None,
        request.prompt,
        context.now,
        context.now + server.consent_token_seconds,
    )
    if not fits(asked):
        raise InvalidRequest("the parameters are too long in sum", reason="request_too_long")
    return asked


def _refuse_unsupported(request: AuthorizationRequest, client: Client) -> None:
    if request.unsupported:
        raise RequestNotSupported("request objects are not supported", reason="request_object")
    if not request.response_type:
        raise InvalidRequest("response_type is missing", reason="response_type_missing")
    if request.response_type != "code":
        raise UnsupportedResponseType("response_type must be code", reason="response_type_unknown")
    if request.response_mode not in (None, "query"):
        raise InvalidRequest("response_mode must be query", reason="response_mode_unknown")
    if "authorization_code" not in client.allowed_grant_types:
        raise UnauthorizedClient("this client may not use authorization_code", reason="grant_type_not_allowed")
    if request.prompt is not None and "none" in request.prompt.split(" "):
        raise InteractionRequired("a person must be asked", reason="prompt_none")


def _page(status: int, error: str, description: str, reason: str) -> AuthorizationPageError:
    return AuthorizationPageError(status, error, description, reason=reason)
