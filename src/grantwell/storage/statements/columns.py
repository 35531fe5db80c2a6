"""The lists of columns that statements share: `{client}`, `{client.names}`, `{client.values}`."""

from typing import Any

from grantwell.storage import rows
from grantwell.storage.statement import Statement


class Columns:
    """A record's columns: as they stand in a SELECT (`str`), in an INSERT's list (`names`) and in VALUES (`values`)."""

    def __init__(self, alias: str, record: "rows.Rows[Any]") -> None:
        """Make the lists for a record whose table goes by `alias`."""
        self._selected = ", ".join(f"{alias}.{name}" for name in record.fields)
        self.names = ", ".join(record.fields)
        self.values = ", ".join(f":{name}" for name in record.fields)

    def __str__(self) -> str:
        return self._selected


_RECORDS: dict[str, "rows.Rows[Any]"] = {
    "organization": rows.ORGANIZATION,
    "person": rows.USER,
    "namesake": rows.USER,
    "identity": rows.EXTERNAL_IDENTITY,
    "api_key": rows.API_KEY,
    "client": rows.CLIENT,
    "caller": rows.AUTHENTICATING_CLIENT,
    "standing": rows.GRANT,
    "lineage": rows.LINEAGE,
    "decision": rows.CONSENT_DECISION,
    "session": rows.SESSION,
    "signing_key": rows.SIGNING_KEY,
    "event": rows.AUDIT_EVENT,
    "listed": rows.AUDIT_EVENT,
    "refused": rows.REFUSED_REQUEST,
}

# One row to join to, so that a look-up of several things answers even if it finds none of them.
BASE = "(SELECT 1 AS one) AS base"

_COLUMNS: dict[str, Any] = {alias: Columns(alias, record) for alias, record in _RECORDS.items()} | {"base": BASE}


def statement(name: str, text: str, **fragments: str) -> Statement:
    """A statement whose text may name the lists above, and `fragments` of its own theme."""
    return Statement(name, " ".join(text.format_map(_COLUMNS | fragments).split()))
