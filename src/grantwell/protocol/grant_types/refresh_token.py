"""The refresh token grant (RFC 6749 section 6) with rotation that forgives a lost answer and catches a thief.

The head rotates at every use. Its predecessor gets the same successor again while that successor is unused and the
retry window is open: lost answers, retrying SDKs and two tabs cost nothing. Any other genuine ancestor is a second
holder, and ends the lineage (RFC 9700 section 4.14.2).
"""

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
from grantwell.protocol.records import AuthenticatingClient, Lineage
from grantwell.protocol.resource import repeat_resource
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import GrantType, TokenRequest
from grantwell.protocol.tokens import access_token_claims, token_reply


def exchange(request: TokenRequest, client: AuthenticatingClient, facts: RedemptionFacts, context: Context) -> Outcome:
    """Rotate, or repeat the last rotation. Raises InvalidGrant, InvalidTarget, InvalidScope.

    The order is the rule: a replay is noticed before expiry and before anything that the caller can choose.
    """
    lineage = genuine_lineage(request, client, facts, context)
    number = request.presented.number if request.presented else 0
    if number == 0 or number > lineage.generation:
        raise InvalidGrant("the refresh token is not valid", reason="grant_not_a_refresh_token")
    if number < lineage.generation and not _is_retry(number, lineage, context):
        changes = revoke_as_replayed(lineage, context, "refresh_token_replayed")
        raise InvalidGrant("the refresh token was already used", reason="refresh_token_replayed", changes=changes)
    require_living(lineage, facts, context, "refresh token")
    claims = access_token_claims(
        context,
        subject=lineage.user_id,
        audience=repeat_resource(request.resource, lineage.resource),
        client_id=client.client_id,
        scopes=lineage_scopes(request.scopes, lineage, client, context),
        lineage=lineage.lineage_id,
    )
    successor = write_lineage_token(lineage, number + 1, context.server.secrets.lineage)
    changes = (advance_lineage(lineage, context),) if number == lineage.generation else ()
    return Outcome(token_reply(claims, successor), changes, claims, client_id=client.client_id)


def _is_retry(number: int, lineage: Lineage, context: Context) -> bool:
    """The head's predecessor, within the window. That the head is unused is what makes it the head."""
    in_time = number == lineage.generation - 1 and context.now < lineage.rotated_at + context.server.retry_seconds
    return in_time or is_own_advance(number, lineage, context)


REFRESH_TOKEN = GrantType("refresh_token", "refresh_token", exchange)
