"""The authorization endpoint (RFC 6749 section 3.1): judge a request, and send the person to the consent page."""

from msgspec.structs import asdict

from grantwell.protocol.authorization_errors import AuthorizationPageError
from grantwell.protocol.authorization_request import (
    AuthorizationRequest,
    accept,
    read_authorization_request,
    trust_redirect_uri,
)
from grantwell.protocol.call import Call
from grantwell.protocol.consent_token import browser_binding
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidRequest, OAuthError
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client
from grantwell.protocol.redirect_uri import with_parameters
from grantwell.protocol.refused_request import tell_authorization
from grantwell.protocol.store import Store


def read(call: Call, context: Context) -> AuthorizationRequest:
    """Read the query. Raises AuthorizationPageError."""
    try:
        parameters = call.query()
    except InvalidRequest as e:
        # Of a parameter that is given twice nobody can say which one to trust: no redirect.
        raise AuthorizationPageError(400, e.error, e.description, reason=e.reason) from e
    try:
        return read_authorization_request(parameters)
    except AuthorizationPageError as e:
        tell_authorization(e, parameters, (), context)
        raise


async def load(store: Store, request: AuthorizationRequest, _context: Context) -> Client | None:
    """Look up the client."""
    return await store.client(request.client_id)


def decide(request: AuthorizationRequest, facts: Client | None, context: Context) -> Outcome:
    """Send the person to the consent page, with all that was asked in the consent token.

    Raises AuthorizationPageError, and AuthorizationRedirectError once the redirect URI is trusted.
    """
    try:
        client = trust_redirect_uri(request, facts)
        asked = accept(request, client, context)
    except OAuthError as e:
        tell_authorization(e, asdict(request), facts.redirect_uris if facts else (), context)
        raise

    def reply(consent_token: str) -> Reply:
        passed_on = {"consent_token": consent_token, "ui_locales": request.ui_locales}
        location = with_parameters(context.server.consent_url, passed_on)
        headers = (("Location", location), ("Cache-Control", "no-store"), *_binding(consent_token, context))
        return Reply(302, None, headers)

    return Outcome(reply, unsealed=asked, client_id=client.client_id)


def _binding(consent_token: str, context: Context) -> tuple[tuple[str, str], ...]:
    server = context.server
    if not server.consent_url.startswith(f"{server.issuer}/"):
        return ()
    secure = server.issuer.startswith("https:")
    name, value = browser_binding(consent_token, secure=secure)
    attributes = f"Path=/; HttpOnly; SameSite=Lax; Max-Age={server.consent_token_seconds}{'; Secure' * secure}"
    return (("Set-Cookie", f"{name}={value}; {attributes}"),)


AUTHORIZE = Operation(
    "AuthorizeOAuth",
    "GET /oauth/authorize",
    "public",
    read,
    load,
    decide,
    Documentation(
        summary="Start the authorization code flow in a browser",
        tag="Protocol",
        response=str,
        response_type="text/html",
        success=302,
        errors=(400, 404, 422),
        parameters=(
            Parameter("response_type", required=True),
            Parameter("client_id", required=True),
            Parameter("redirect_uri", required=True),
            Parameter("scope"),
            Parameter("state"),
            Parameter("code_challenge"),
            Parameter("code_challenge_method"),
            Parameter("resource"),
            Parameter("prompt"),
            Parameter("ui_locales"),
        ),
        advertised_as="authorization_endpoint",
    ),
)
