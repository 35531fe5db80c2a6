"""What time brings: clean-up in small batches, and last uses.

A DELETE says its predicate twice: the inner one finds a batch through an index, the outer one holds at the moment of
deleting, whatever has happened to the row since.
"""

from grantwell.storage.statement import Statement
from grantwell.storage.statements.columns import statement


def _removal(table: str, key: str, due: str, order: str) -> Statement:
    return statement(
        f"remove_expired_{table}",
        """DELETE FROM {table} WHERE {key} IN
        (SELECT {key} FROM {table} WHERE {due} ORDER BY {order} LIMIT :limit) AND {due}""",
        table=table,
        key=key,
        due=due,
        order=order,
    )


REMOVE_EXPIRED: dict[str, Statement] = {
    # Codes that were never redeemed, and lineages that are past their end.
    "lineages": _removal("lineages", "lineage_id", "kept_until < :before", "kept_until"),
    "consent_decisions": _removal("consent_decisions", "consent_id", "expires_at < :before", "expires_at"),
    "revoked_tokens": _removal("revoked_tokens", "jti", "expires_at < :before", "expires_at"),
    "sessions": _removal("sessions", "session_id", "expires_at < :before", "expires_at"),
    "audit_events": _removal("audit_events", "event_id", "at < :before", "at, event_id"),
    "refused_requests": _removal("refused_requests", "reference", "at < :before", "at"),
    # While a lineage is left, a replay of its tokens must still find the grant revoked.
    "grants": _removal(
        "grants",
        "grant_id",
        """revoked_at IS NOT NULL AND revoked_at < :before
        AND NOT EXISTS (SELECT 1 FROM lineages WHERE lineages.grant_id = grants.grant_id)""",
        "revoked_at",
    ),
    # Clients which registered themselves, and which nobody has ever authorized.
    "clients": _removal(
        "clients",
        "client_id",
        """origin = 'registration' AND authorized_at IS NULL AND created_at < :before
        AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.client_id)""",
        "created_at",
    ),
}

# What removed clients have left, one client after the other; they never come back. A batch is some grants, whichever,
# with a bound for their lineages too. To look for either in all lineages there are would take ever longer.
_REMOVED = "(SELECT MIN(removed.client_id) FROM removed_clients AS removed)"
_LEFT = """(SELECT standing.grant_id FROM grants AS standing
    WHERE standing.client_id = (SELECT MIN(removed.client_id) FROM removed_clients AS removed) LIMIT :limit)"""

REMOVE_LEFTOVERS = (
    statement(
        "remove_leftover_lineages",
        """DELETE FROM lineages WHERE lineage_id IN
        (SELECT lineage.lineage_id FROM lineages AS lineage WHERE lineage.grant_id IN {left} LIMIT :limit)""",
        left=_LEFT,
    ),
    statement(
        "remove_leftover_grants",
        """DELETE FROM grants WHERE grant_id IN {left}
        AND NOT EXISTS (SELECT 1 FROM lineages WHERE lineages.grant_id = grants.grant_id)""",
        left=_LEFT,
    ),
    statement(
        "forget_removed_client",
        """DELETE FROM removed_clients WHERE client_id = {removed}
        AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_id = removed_clients.client_id)""",
        removed=_REMOVED,
    ),
)

_NOTE_USE = "UPDATE {table} SET last_used_at = :at WHERE {key} = :id AND (last_used_at IS NULL OR last_used_at < :at)"


def _note(kind: str, table: str, key: str) -> Statement:
    return statement(f"note_{kind}", _NOTE_USE, table=table, key=key)


def _later(column: str, also: str = "") -> str:
    return f"{column} = CASE WHEN {also}({column} IS NULL OR {column} < :at) THEN :at ELSE {column} END"


# By kind of use; a later time never gives way to an earlier one. Whoever uses a secret uses its client, and a secret
# that has been replaced meanwhile hands its last use to no other.
NOTE_USE: dict[str, Statement] = {
    "client_secret": statement(
        "note_client_secret",
        "UPDATE clients SET {client}, {newest}, {older} WHERE client_id = :id",
        client=_later("last_used_at"),
        newest=_later("secret_last_used_at", "secret_hash = :secret_hash AND "),
        older=_later("older_secret_last_used_at", "older_secret_hash = :secret_hash AND "),
    ),
    "client": _note("client", "clients", "client_id"),
    "api_key": _note("api_key", "api_keys", "api_key_id"),
    "session": _note("session", "sessions", "session_id"),
}
