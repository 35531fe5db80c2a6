"""Clean-up and reaping: rows whose time has passed go, in small batches, while the server works.

A redeemed lineage stays until its absolute end, since until then a replay of any of its strings must be recognised.
"""

from grantwell.protocol.changes import RemoveExpired, RemoveLeftovers
from grantwell.protocol.key_life import MARGIN_SECONDS

BATCH = 500
REFUSED_REQUESTS_SECONDS = 86400


def plan_clean_up(
    now: int, *, token_seconds: int, lineage_seconds: int, reap_seconds: int, audit_seconds: int
) -> tuple[RemoveExpired | RemoveLeftovers, ...]:
    """What to delete.

    `reap_seconds` is the age at which a self-registered client goes that nobody ever authorized, `audit_seconds` that
    of the events of the audit log; 0 keeps them for ever.
    """
    # These two forbid what would otherwise still work for a process whose clock is behind.
    forgotten = now - MARGIN_SECONDS
    return (
        RemoveExpired("consent_decisions", forgotten, BATCH),
        RemoveExpired("revoked_tokens", forgotten, BATCH),
        RemoveExpired("sessions", now - token_seconds, BATCH),
        RemoveExpired("lineages", now - token_seconds, BATCH),
        RemoveExpired("refused_requests", now - REFUSED_REQUESTS_SECONDS, BATCH),
        # Before its last lineage has ended a revoked grant stays; looking at it sooner would only cost.
        RemoveExpired("grants", now - lineage_seconds, BATCH),
        RemoveExpired("clients", now - reap_seconds, BATCH),
        RemoveLeftovers(BATCH),
        *((RemoveExpired("audit_events", now - audit_seconds, BATCH),) if audit_seconds else ()),
    )
