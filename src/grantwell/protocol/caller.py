"""Who is calling a management operation, by the same three verbs as the operation itself (RFC 6750).

Rights come from the kind of credential first, then its audience, then its scope: a scope that a person granted to
somebody's client never administers this server.
"""

from msgspec import Struct

from grantwell.protocol.access_token import PresentedAccessToken, read_access_token
from grantwell.protocol.call import Call
from grantwell.protocol.context import Caller, Context
from grantwell.protocol.errors import InsufficientScope, InvalidToken
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.operation import Security
from grantwell.protocol.outcome import Use
from grantwell.protocol.records import ApiKey, User
from grantwell.protocol.store import ApiKeyFacts, Store, TokenFacts

MAXIMUM_LENGTH = 8192
# A person may introspect, by way of an API key; so the clients that a person makes may.
SESSION_CAPABILITIES = ("clients", "grants", "consent", "introspect", "session")
CLIENT_CAPABILITIES = ("clients",)


class Presented(Struct, frozen=True):
    """A bearer, taken apart: an access token if it has the form of one, else an API key by its hash."""

    access_token: PresentedAccessToken | None
    key_hash: str


def read_caller(call: Call) -> Presented:
    """Find the bearer. Raises InvalidToken where there is none."""
    bearer = call.bearer()
    if not bearer:
        raise InvalidToken("send an API key or access token as bearer", reason="bearer_missing")
    if len(bearer) > MAXIMUM_LENGTH:
        raise InvalidToken("the bearer is not valid", reason="bearer_too_long")
    token = read_access_token(bearer)
    return Presented(token, "" if token else hash_secret(bearer))


async def load_caller(store: Store, presented: Presented) -> ApiKeyFacts | TokenFacts | None:
    """The facts about the bearer, in one statement."""
    if presented.access_token is None:
        return await store.api_key(presented.key_hash)
    claims = presented.access_token.claims
    return await store.token(claims.client_id, claims.sub, claims.lineage, claims.sid, claims.jti)


def decide_caller(
    presented: Presented, facts: ApiKeyFacts | TokenFacts | None, context: Context, security: Security
) -> tuple[Caller, tuple[Use, ...]]:
    """Who is calling, and which credential that used. Raises InvalidToken, or InsufficientScope."""
    uses: tuple[Use, ...] = ()
    if isinstance(facts, ApiKeyFacts):
        caller = judge_api_key(facts.api_key, facts.user, context)
        uses = (Use("api_key", facts.api_key.api_key_id, context.now, noted_at=facts.api_key.last_used_at),)
    elif presented.access_token is not None and isinstance(facts, TokenFacts):
        caller = _judge_access_token(presented.access_token, facts, context)
    else:
        raise InvalidToken("the bearer is not valid", reason="api_key_unknown")
    if security not in caller.capabilities:
        raise InsufficientScope("this credential does not have the right to do this", reason="capability_missing")
    return caller, uses


def judge_api_key(key: ApiKey, user: User, context: Context) -> Caller:
    """A user's API key. Raises InvalidToken if it is revoked or expired, or its user disabled."""
    if key.revoked_at is not None:
        raise InvalidToken("the bearer is not valid", reason="api_key_revoked")
    if key.expires_at is not None and key.expires_at <= context.now:
        raise InvalidToken("the bearer is not valid", reason="api_key_expired")
    if not user.enabled:
        raise InvalidToken("the bearer is not valid", reason="user_disabled")
    return Caller("api_key", user.user_id, user.org_id, user.role, key.capabilities, f"api_key {key.api_key_id}")


def _judge_access_token(token: PresentedAccessToken, facts: TokenFacts, context: Context) -> Caller:
    refusal = refuse_token(token, facts, context)
    if refusal is not None:
        raise InvalidToken("the bearer is not valid", reason=refusal)
    # The audience before the scope: a token for somebody else's API says nothing here, whatever it may do there.
    if token.claims.aud != context.server.issuer:
        raise InsufficientScope("this token was issued for another resource", reason="token_other_audience")
    if token.claims.sid:
        return _session_caller(token, facts)
    return _client_caller(token, facts, context)


def _session_caller(token: PresentedAccessToken, facts: TokenFacts) -> Caller:
    return Caller(
        "session",
        token.claims.sub,
        facts.user_org_id or "",
        facts.user_role or "member",
        SESSION_CAPABILITIES,
        f"session {token.claims.sid}",
    )


def _client_caller(token: PresentedAccessToken, facts: TokenFacts, context: Context) -> Caller:
    claims = token.claims
    scopes = tuple(claims.scope.split(" "))
    if claims.sub != claims.client_id or claims.lineage:
        raise InsufficientScope("a token that a user granted cannot manage this server", reason="token_of_a_user")
    if facts.client_origin != "management" or facts.client_type != "confidential":
        raise InsufficientScope("this client cannot manage this server", reason="client_cannot_manage")
    if context.server.management_scope not in scopes:
        raise InsufficientScope("the token lacks the management scope", reason="management_scope_missing")
    # The client acts for the user who made it, and never has more than that user.
    if not facts.owner_enabled:
        raise InvalidToken("the bearer is not valid", reason="client_owner_disabled")
    return Caller(
        "client",
        facts.client_user_id or "",
        facts.client_org_id or "",
        facts.owner_role or "member",
        # What a client makes may introspect no more than it may itself.
        CLIENT_CAPABILITIES if facts.client_introspection == "own" else (*CLIENT_CAPABILITIES, "introspect"),
        f"access_token {claims.jti}",
        claims.client_id,
        scopes,
    )
