"""The authorization code grant (RFC 6749 section 4.1.3): a code is redeemed, once."""

from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidGrant
from grantwell.protocol.lineage_rules import (
    advance_lineage,
    genuine_lineage,
    is_own_advance,
    lineage_scopes,
    require_living,
    revoke_as_replayed,
)
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.pkce import verify_code_verifier
from grantwell.protocol.records import AuthenticatingClient
from grantwell.protocol.resource import repeat_resource
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import GrantType, TokenRequest
from grantwell.protocol.tokens import access_token_claims, token_reply


def exchange(request: TokenRequest, client: AuthenticatingClient, facts: RedemptionFacts, context: Context) -> Outcome:
    """Redeem a code. Raises InvalidGrant, InvalidTarget, InvalidScope.

    The order is the rule: possession first (client, redirect URI, verifier), so that only who proved it can cause a
    revocation; then single use, before expiry, so that a replay is noticed however late it comes.
    """
    lineage = genuine_lineage(request, client, facts, context)
    if request.presented is None or request.presented.number != 0:
        raise InvalidGrant("the authorization code is not valid", reason="grant_not_a_code")
    if request.redirect_uri != lineage.redirect_uri:
        raise InvalidGrant("redirect_uri is not that of the authorization request", reason="redirect_uri_mismatch")
    verify_code_verifier(request.code_verifier, lineage.code_challenge, lineage.code_challenge_method)
    own = is_own_advance(0, lineage, context)
    if lineage.generation > 0 and not own:
        changes = revoke_as_replayed(lineage, context, "code_replayed")
        raise InvalidGrant("the authorization code was already used", reason="code_replayed", changes=changes)
    require_living(lineage, facts, context, "authorization code")
    claims = access_token_claims(
        context,
        subject=lineage.user_id,
        audience=repeat_resource(request.resource, lineage.resource),
        client_id=client.client_id,
        scopes=lineage_scopes(request.scopes, lineage, client, context),
        lineage=lineage.lineage_id,
    )
    refreshable = "refresh_token" in client.allowed_grant_types
    refresh_token = write_lineage_token(lineage, 1, context.server.secrets.lineage) if refreshable else None
    changes = () if own else (advance_lineage(lineage, context),)
    return Outcome(token_reply(claims, refresh_token), changes, claims, client_id=client.client_id)


AUTHORIZATION_CODE = GrantType("authorization_code", "code", exchange)
