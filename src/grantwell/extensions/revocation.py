"""Token revocation (RFC 7009)."""

from msgspec import Struct

from grantwell.protocol.access_token import PresentedAccessToken, read_access_token
from grantwell.protocol.call import Call
from grantwell.protocol.changes import Change, RevokeAccessToken, RevokeLineage
from grantwell.protocol.client_authentication import ClientCredentials, authenticate_client, read_client_credentials
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidRequest
from grantwell.protocol.extension import Extension
from grantwell.protocol.lineage_token import LineageToken, is_genuine, read_lineage_token
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import AuthenticatingClient
from grantwell.protocol.store import RedemptionFacts, Store, TokenFacts
from grantwell.protocol.tokens import NO_STORE


class RevocationForm(Struct, frozen=True, omit_defaults=True):
    """RFC 7009 section 2.1. The hint is heard and not needed: the token's own form says what it is."""

    token: str
    token_type_hint: str = ""
    client_id: str = ""
    client_secret: str = ""


class RevocationRequest(Struct, frozen=True):
    """Who asks, and about what."""

    credentials: ClientCredentials
    presented: PresentedAccessToken | LineageToken | None


class RevocationFacts(Struct, frozen=True):
    """The asking client, and the facts about the token."""

    client: AuthenticatingClient | None
    token: TokenFacts = TokenFacts()
    redemption: RedemptionFacts | None = None


def read(call: Call, _context: Context) -> RevocationRequest:
    """Read the parameters. Raises InvalidRequest, InvalidClient."""
    parameters = call.form_or_json()
    credentials = read_client_credentials(call, parameters)
    token = parameters.get("token")
    if not token:
        raise InvalidRequest("token is missing", reason="token_missing")
    return RevocationRequest(credentials, read_access_token(token) or read_lineage_token(token))


async def load(store: Store, request: RevocationRequest, _context: Context) -> RevocationFacts:
    """Look up who asks together with what is asked about."""
    caller_id, presented = request.credentials.client_id, request.presented
    if isinstance(presented, LineageToken):
        facts = await store.redemption(caller_id, presented.lineage_id)
        return RevocationFacts(facts.client, redemption=facts)
    if presented is None:
        return RevocationFacts(await store.authenticating_client(caller_id) if caller_id else None)
    claims = presented.claims
    client, token = await store.introspection(
        caller_id, claims.client_id, claims.sub, claims.lineage, claims.sid, claims.jti
    )
    return RevocationFacts(client, token)


def decide(request: RevocationRequest, facts: RevocationFacts, context: Context) -> Outcome:
    """Revoke the caller's own token; anything else changes nothing and reads alike. Raises InvalidClient."""
    uses = authenticate_client(facts.client, request.credentials, context)
    client_id = request.credentials.client_id
    presented = request.presented
    if isinstance(presented, PresentedAccessToken):
        changes, reason = _access_token(presented, facts.token, client_id, context)
    else:
        changes, reason = _refresh_token(presented, facts.redemption, client_id, context)
    return Outcome(Reply(200, None, NO_STORE), changes, uses=uses, reason=reason, client_id=client_id)


def _access_token(
    token: PresentedAccessToken, facts: TokenFacts, client_id: str, context: Context
) -> tuple[tuple[Change, ...], str]:
    refusal = refuse_token(token, facts, context)
    if refusal is not None:
        return (), refusal
    if token.claims.client_id != client_id:
        return (), "token_of_another_client"
    event = context.record(
        "access_token.revoked", subject=token.claims.jti, org_id=facts.client_org_id or "", actor=client_id
    )
    return (RevokeAccessToken(token.claims.jti, token.claims.exp), event), ""


def _refresh_token(
    token: LineageToken | None, facts: RedemptionFacts | None, client_id: str, context: Context
) -> tuple[tuple[Change, ...], str]:
    """Any genuine string of the lineage ends it, an older one too: who revokes wants it gone (RFC 7009 section 2.1)."""
    lineage = facts.lineage if facts else None
    # A code has proved nothing yet, and is not what this endpoint is for.
    if token is None or lineage is None or token.number == 0:
        return (), "token_unknown"
    if lineage.client_id != client_id or not is_genuine(token, lineage, context.server.secrets.lineage):
        return (), "token_unknown"
    if lineage.revoked_at is not None:
        return (), "lineage_revoked"
    event = context.record("lineage.revoked", subject=lineage.lineage_id, org_id=lineage.org_id, actor=client_id)
    return (RevokeLineage(lineage.lineage_id, context.now), event), ""


REVOKE_TOKEN = Operation(
    "RevokeOAuthToken",
    "POST /oauth/revoke",
    "client_or_public",
    read,
    load,
    decide,
    Documentation(
        summary="Revoke a token",
        tag="Protocol",
        request=RevocationForm,
        errors=(400, 401, 429),
        form=True,
        advertised_as="revocation_endpoint",
    ),
)
AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
REVOCATION = Extension(
    "revocation", (REVOKE_TOKEN,), metadata=(("revocation_endpoint_auth_methods_supported", AUTH_METHODS),)
)
