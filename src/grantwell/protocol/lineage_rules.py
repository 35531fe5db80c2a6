"""What the two grant types that present a lineage's string have in common."""

from grantwell.protocol.changes import AdvanceLineage, Change, RevokeLineage
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidGrant
from grantwell.protocol.lineage_token import is_genuine
from grantwell.protocol.records import AuthenticatingClient, Lineage
from grantwell.protocol.scope import available_scopes, narrow_scopes, scopes_among
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import TokenRequest


def genuine_lineage(
    request: TokenRequest, client: AuthenticatingClient, facts: RedemptionFacts, context: Context
) -> Lineage:
    """The lineage of a presented string that this server made, for this client. Raises InvalidGrant.

    A string that is not genuine changes nothing, and all the ways in which it can fail read alike.
    """
    presented, lineage = request.presented, facts.lineage
    if presented is None or lineage is None:
        raise InvalidGrant(f"the {_name(request)} is not valid", reason="grant_unknown")
    if not is_genuine(presented, lineage, context.server.secrets.lineage):
        raise InvalidGrant(f"the {_name(request)} is not valid", reason="grant_not_genuine")
    if lineage.client_id != client.client_id:
        raise InvalidGrant(f"the {_name(request)} is not valid", reason="grant_of_another_client")
    return lineage


def refuse_lineage(lineage: Lineage, facts: RedemptionFacts, context: Context) -> str | None:
    """Why the head of a lineage is worth nothing any more, as a reason code; None if it is."""
    if lineage.revoked_at is not None:
        return "lineage_revoked"
    if facts.grant_revoked_at is not None:
        return "grant_revoked"
    if facts.user is None or not facts.user.enabled:
        return "user_disabled"
    # Signed out everywhere, or a new start for a client: everything approved before is over.
    if lineage.created_at < max(facts.user.valid_after, facts.client.valid_after if facts.client else 0):
        return "approval_reset"
    if lineage.expires_at <= context.now:
        return "grant_expired"
    return None


def require_living(lineage: Lineage, facts: RedemptionFacts, context: Context, what: str) -> None:
    """Raise InvalidGrant if the approval behind a string has come to its end, by somebody's will or by time."""
    reason = refuse_lineage(lineage, facts, context)
    if reason is not None:
        raise InvalidGrant(f"the {what} is expired or revoked", reason=reason)


def revoke_as_replayed(lineage: Lineage, context: Context, reason: str) -> tuple[Change, ...]:
    """The consequences of a replay: the lineage is over, and the audit log knows why. Nothing, if it was over."""
    if lineage.revoked_at is not None:
        return ()
    return (
        RevokeLineage(lineage.lineage_id, context.now),
        context.record(
            "lineage.replayed",
            subject=lineage.lineage_id,
            org_id=lineage.org_id,
            actor=lineage.client_id,
            reason=reason,
            detail=f"user {lineage.user_id}, generation {lineage.generation}",
        ),
    )


def lineage_scopes(
    asked: tuple[str, ...], lineage: Lineage, client: AuthenticatingClient, context: Context
) -> tuple[str, ...]:
    """The approved scopes, or those of them that are asked for; what the client was since denied is approved no more.

    Raises InvalidGrant where nothing is left, InvalidScope for more than was approved.
    """
    approved = scopes_among(lineage.scopes, available_scopes(client, context.server))
    if not approved:
        raise InvalidGrant("the client may not have any approved scope any more", reason="scopes_withdrawn")
    return narrow_scopes(asked, approved)


def head_expires_at(lineage: Lineage, context: Context) -> int:
    """When a head that comes to be now expires: sliding, within the absolute end."""
    return min(context.now + context.server.refresh_token_seconds, lineage.ends_at)


def advance_lineage(lineage: Lineage, context: Context) -> AdvanceLineage:
    """The change by which this request brings the next head."""
    expires_at = head_expires_at(lineage, context)
    return AdvanceLineage(lineage.lineage_id, lineage.generation, context.now, expires_at, context.request_id)


def is_own_advance(number: int, lineage: Lineage, context: Context) -> bool:
    """Whether this very request brought the head, in exchange for the string of this number.

    So it is where the database's answer was lost in COMMIT, and the driver decides again.
    """
    # The server draws the ids, so nobody can claim to be an earlier request; whoever has none is not recognised.
    return number + 1 == lineage.generation and lineage.advanced_by == context.request_id != ""


def _name(request: TokenRequest) -> str:
    return "authorization code" if request.grant_type == "authorization_code" else "refresh token"
