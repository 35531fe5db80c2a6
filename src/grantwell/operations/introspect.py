"""Introspection (RFC 7662): what a token is worth at this moment, to those who may know."""

from msgspec import Struct

from grantwell.protocol.access_token import PresentedAccessToken, read_access_token
from grantwell.protocol.call import Call
from grantwell.protocol.caller import judge_api_key
from grantwell.protocol.client_authentication import ClientCredentials, authenticate_client, read_client_credentials
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidClient, InvalidRequest, InvalidToken
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.introspection import INACTIVE, Introspection, IntrospectionForm
from grantwell.protocol.lineage_rules import refuse_lineage
from grantwell.protocol.lineage_token import LineageToken, is_genuine, read_lineage_token
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.records import AuthenticatingClient
from grantwell.protocol.store import ApiKeyFacts, RedemptionFacts, Store, TokenFacts
from grantwell.protocol.tokens import NO_STORE


class IntrospectionRequest(Struct, frozen=True):
    """Who asks, by client credentials or by the hash of an API key, and about what."""

    credentials: ClientCredentials
    key_hash: str
    presented: PresentedAccessToken | LineageToken | None


class IntrospectionFacts(Struct, frozen=True):
    """The asking client or API key, and the facts about the token."""

    client: AuthenticatingClient | None = None
    api_key: ApiKeyFacts | None = None
    token: TokenFacts = TokenFacts()
    redemption: RedemptionFacts | None = None


def read(call: Call, _context: Context) -> IntrospectionRequest:
    """Read the parameters. Raises InvalidRequest, InvalidClient."""
    parameters = call.form_or_json()
    credentials = read_client_credentials(call, parameters)
    token = parameters.get("token")
    if not token:
        raise InvalidRequest("token is missing", reason="token_missing")
    # Credentials of a client, even wrong ones, never fall through to the bearer that SDKs send along.
    bearer = "" if credentials.client_secret is not None else call.bearer()
    return IntrospectionRequest(
        credentials, hash_secret(bearer) if bearer else "", read_access_token(token) or read_lineage_token(token)
    )


async def load(store: Store, request: IntrospectionRequest, _context: Context) -> IntrospectionFacts:
    """Look up who asks together with what is asked about."""
    caller_id, presented = request.credentials.client_id, request.presented
    if request.key_hash:
        return IntrospectionFacts(api_key=await store.api_key(request.key_hash), token=await _token(store, presented))
    if isinstance(presented, LineageToken):
        facts = await store.redemption(caller_id, presented.lineage_id)
        return IntrospectionFacts(facts.client, redemption=facts)
    if presented is None:
        return IntrospectionFacts(await store.authenticating_client(caller_id) if caller_id else None)
    claims = presented.claims
    client, token = await store.introspection(
        caller_id, claims.client_id, claims.sub, claims.lineage, claims.sid, claims.jti
    )
    return IntrospectionFacts(client, token=token)


async def _token(store: Store, presented: PresentedAccessToken | LineageToken | None) -> TokenFacts:
    if not isinstance(presented, PresentedAccessToken):
        return TokenFacts()
    claims = presented.claims
    return await store.token(claims.client_id, claims.sub, claims.lineage, claims.sid, claims.jti)


def decide(request: IntrospectionRequest, facts: IntrospectionFacts, context: Context) -> Outcome:
    """Authenticate who asks, then tell. Raises InvalidClient."""
    org_id, own_id, uses = _authenticate(request, facts, context)
    presented = request.presented
    if isinstance(presented, PresentedAccessToken):
        told, reason = _access_token(presented, facts.token, org_id, own_id, context)
    else:
        told, reason = _refresh_token(presented, facts.redemption, context)
    return Outcome(Reply(200, told, NO_STORE), uses=uses, reason=reason, client_id=own_id)


def _authenticate(
    request: IntrospectionRequest, facts: IntrospectionFacts, context: Context
) -> tuple[str, str, tuple[Use, ...]]:
    """The organization whose tokens the caller may see (empty for none), its own client id, and what it used."""
    if request.key_hash:
        key = facts.api_key
        try:
            caller = judge_api_key(key.api_key, key.user, context) if key is not None else None
        except InvalidToken as e:
            raise InvalidClient("client authentication failed", reason=e.reason) from e
        if caller is None or key is None or "introspect" not in caller.capabilities:
            reason = "api_key_unknown" if caller is None else "capability_missing"
            raise InvalidClient("client authentication failed", reason=reason)
        use = Use("api_key", key.api_key.api_key_id, context.now, noted_at=key.api_key.last_used_at)
        return caller.org_id, "", (use,)
    uses = authenticate_client(facts.client, request.credentials, context)
    client = facts.client
    if client is None or client.client_type == "public":
        raise InvalidClient("a public client cannot introspect", reason="client_is_public")
    # Made by a credential that may not introspect, a client learns of its own tokens only.
    of_organization = client.origin == "management" and client.introspection is None
    return (client.org_id if of_organization else ""), client.client_id, uses


def _access_token(
    token: PresentedAccessToken, facts: TokenFacts, org_id: str, own_id: str, context: Context
) -> tuple[Introspection, str]:
    refusal = refuse_token(token, facts, context)
    if refusal is not None:
        return INACTIVE, refusal
    claims = token.claims
    # A session token is our own pages' affair.
    if claims.sid:
        return INACTIVE, "token_of_a_session"
    if claims.client_id != own_id and (not org_id or org_id not in (facts.client_org_id, facts.user_org_id)):
        return INACTIVE, "token_of_another_organization"
    return Introspection(
        True,
        claims.scope,
        claims.client_id,
        "Bearer",
        claims.iss,
        claims.aud,
        claims.sub,
        claims.iat,
        claims.exp,
        claims.jti,
    ), ""


def _refresh_token(
    token: LineageToken | None, facts: RedemptionFacts | None, context: Context
) -> tuple[Introspection, str]:
    """A refresh token, to its own client only. Codes are nobody's to introspect."""
    lineage = facts.lineage if facts else None
    if token is None or facts is None or lineage is None or facts.client is None or token.number == 0:
        return INACTIVE, "token_unknown"
    if lineage.client_id != facts.client.client_id or not is_genuine(token, lineage, context.server.secrets.lineage):
        return INACTIVE, "token_unknown"
    if token.number != lineage.generation or refuse_lineage(lineage, facts, context) is not None:
        return INACTIVE, "lineage_ended"
    told = Introspection(
        True,
        " ".join(lineage.scopes),
        lineage.client_id,
        "refresh_token",
        context.server.issuer,
        lineage.resource,
        lineage.user_id,
        lineage.rotated_at,
        lineage.expires_at,
    )
    return told, ""


INTROSPECT_TOKEN = Operation(
    "IntrospectOAuthToken",
    "POST /oauth/introspect",
    "client",
    read,
    load,
    decide,
    Documentation(
        summary="What a token is worth now",
        tag="Protocol",
        request=IntrospectionForm,
        response=Introspection,
        errors=(400, 401, 429),
        form=True,
        advertised_as="introspection_endpoint",
    ),
)
