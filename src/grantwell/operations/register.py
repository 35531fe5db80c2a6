"""Dynamic client registration (RFC 7591)."""

from typing import Any

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.caller import Presented, decide_caller, load_caller, read_caller
from grantwell.protocol.changes import AddClient
from grantwell.protocol.context import NOBODY, Caller, Context, Server
from grantwell.protocol.errors import AccessDenied, InvalidToken, OAuthError
from grantwell.protocol.managed_client import introspection_reach
from grantwell.protocol.new_client import new_client
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.records import GRANT_TYPE_NAMES, REGISTERED_ORG_ID, Client
from grantwell.protocol.registration_request import Allowance, RegistrationForm, judge_metadata, read_metadata
from grantwell.protocol.store import ApiKeyFacts, Store, TokenFacts
from grantwell.protocol.tokens import NO_STORE

SELF_REGISTERED_GRANT_TYPES = ("authorization_code", "refresh_token")


class RegistrationResponse(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """RFC 7591 section 3.2.1. Fields without a value are left out: the wire knows no null here."""

    client_id: str
    client_id_issued_at: int
    client_secret: str = ""
    client_secret_expires_at: int | None = None
    client_name: str = ""
    redirect_uris: tuple[str, ...] | None = None
    grant_types: tuple[str, ...] | None = None
    response_types: tuple[str, ...] | None = None
    scope: str = ""
    token_endpoint_auth_method: str = ""
    logo_uri: str = ""
    tos_uri: str = ""
    policy_uri: str = ""


class RegistrationRequest(Struct, frozen=True):
    """The metadata, and the bearer that came with it, which may be an initial access token (RFC 7591 section 3)."""

    metadata: dict[str, Any]
    bearer: Presented | None


def read(call: Call, _context: Context) -> RegistrationRequest:
    """Read the body; an empty one is an empty object. Raises InvalidRequest, InvalidClientMetadata."""
    metadata = read_metadata(call.json(empty_is_object=True))
    try:
        bearer = read_caller(call)
    except InvalidToken:
        bearer = None
    # Only an API key counts here; any other bearer is what SDKs send along by habit.
    return RegistrationRequest(metadata, bearer if bearer and bearer.access_token is None else None)


async def load(store: Store, request: RegistrationRequest, _context: Context) -> ApiKeyFacts | TokenFacts | None:
    """Look up the API key."""
    return await load_caller(store, request.bearer) if request.bearer else None


def decide(request: RegistrationRequest, facts: ApiKeyFacts | TokenFacts | None, context: Context) -> Outcome:
    """Make the client, for the key's user or for nobody. Raises AccessDenied, InvalidToken, InvalidClientMetadata."""
    caller, uses = _registrant(request, facts, context)
    allowance = _allowance(caller, context.server)
    fields, client_type, method = judge_metadata(request.metadata, allowance)
    client, secret = new_client(
        fields,
        client_type,
        context,
        org_id=caller.org_id or REGISTERED_ORG_ID,
        user_id=caller.user_id or REGISTERED_ORG_ID,
        origin="registration" if caller is NOBODY else "management",
        token_endpoint_auth_method=method,
        introspection=introspection_reach(caller),
    )
    event = context.record(
        "client.registered",
        subject=client.client_id,
        org_id=client.org_id,
        actor=caller.user_id,
        credential=caller.credential,
    )
    reply = Reply(201, _response(client, secret), NO_STORE)
    return Outcome(reply, (AddClient(client), event), uses=uses, client_id=client.client_id)


def _allowance(caller: Caller, server: Server) -> Allowance:
    if server.registration == "off":
        raise AccessDenied("registration is switched off", reason="registration_off")
    if server.registration == "token" and caller is NOBODY:
        raise InvalidToken("registration needs an API key as bearer", reason="registration_needs_key")
    if caller is NOBODY:
        return Allowance(server.registration_scopes, SELF_REGISTERED_GRANT_TYPES)
    return Allowance(server.scope_ids, GRANT_TYPE_NAMES)


def _registrant(
    request: RegistrationRequest, facts: ApiKeyFacts | TokenFacts | None, context: Context
) -> tuple[Caller, tuple[Use, ...]]:
    if request.bearer is None:
        return NOBODY, ()
    try:
        return decide_caller(request.bearer, facts, context, "clients")
    except OAuthError:
        # RFC 7591 leaves open what an invalid token means; here it is ignored, since SDKs always send one.
        return NOBODY, ()


def _response(client: Client, secret: str | None) -> RegistrationResponse:
    return RegistrationResponse(
        client_id=client.client_id,
        client_id_issued_at=client.created_at,
        client_secret=secret or "",
        client_secret_expires_at=0 if secret else None,
        client_name=client.name,
        redirect_uris=client.redirect_uris,
        grant_types=client.allowed_grant_types,
        response_types=("code",) if "authorization_code" in client.allowed_grant_types else (),
        scope=" ".join(client.allowed_scopes),
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        logo_uri=client.logo_uri or "",
        tos_uri=client.tos_uri or "",
        policy_uri=client.policy_uri or "",
    )


REGISTER_CLIENT = Operation(
    "RegisterOAuthClient",
    "POST /oauth/register",
    "public",
    read,
    load,
    decide,
    Documentation(
        summary="Register a client",
        tag="Protocol",
        request=RegistrationForm,
        response=RegistrationResponse,
        success=201,
        errors=(400, 401, 403, 429),
        advertised_as="registration_endpoint",
    ),
)
