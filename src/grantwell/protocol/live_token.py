"""Whether an access token is live: genuine, not expired, and everything that it stands on still standing.

One function for whoever asks: introspection (RFC 7662 section 2.2), revocation, and the caller of an operation.
"""

from grantwell.protocol.access_token import PresentedAccessToken, refuse_access_token
from grantwell.protocol.context import Context
from grantwell.protocol.store import TokenFacts


def refuse_token(token: PresentedAccessToken, facts: TokenFacts, context: Context) -> str | None:
    """Why a token is not live, as a reason code; None if it is."""
    # What is not genuine learns nothing: the facts count only after the signature does.
    refusal = refuse_access_token(token, context.keys, context.server.issuer, context.now)
    if refusal is not None:
        return refusal
    if facts.revoked_jti is not None:
        return "token_revoked"
    return _refuse_client(token, facts) or _refuse_subject(token, facts) or _refuse_origin(token, facts, context)


def _refuse_client(token: PresentedAccessToken, facts: TokenFacts) -> str | None:
    if token.claims.sid:
        return None
    if facts.client_org_id is None:
        return "token_client_gone"
    if not facts.client_enabled:
        return "token_client_disabled"
    if token.claims.iat < (facts.client_valid_after or 0):
        return "token_client_reset"
    return None


def _refuse_subject(token: PresentedAccessToken, facts: TokenFacts) -> str | None:
    if token.claims.sub == token.claims.client_id:
        return None
    if facts.user_org_id is None:
        return "token_user_gone"
    if not facts.user_enabled:
        return "token_user_disabled"
    if token.claims.iat < (facts.user_valid_after or 0):
        return "token_user_reset"
    return None


def _refuse_origin(token: PresentedAccessToken, facts: TokenFacts, context: Context) -> str | None:
    claims = token.claims
    if claims.lineage and facts.lineage_id is None:
        return "token_lineage_gone"
    if facts.lineage_revoked_at is not None:
        return "token_lineage_revoked"
    if facts.grant_revoked_at is not None:
        return "token_grant_revoked"
    if claims.sid and (facts.session_user_id != claims.sub or facts.session_ended_at is not None):
        return "token_session_ended"
    if claims.sid and (facts.session_expires_at or 0) <= context.now:
        return "token_session_expired"
    # A person's token stands on an approval or on a session; one that names neither was never issued here.
    if claims.sub != claims.client_id and not claims.lineage and not claims.sid:
        return "token_without_origin"
    return None
