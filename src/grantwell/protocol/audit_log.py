"""Looking into the audit log: what a list of events is narrowed to, and where its next page begins.

Newest first. A page is found by the event that the page before it ended with, not by counting: the log grows while
somebody reads it, and its millionth page costs what its first one does.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from grantwell.protocol.errors import InvalidRequest, Problem
from grantwell.protocol.operation import Parameter
from grantwell.protocol.operator_store import FOREVER, AuditFilter
from grantwell.protocol.paging import PageRequest, read_page

# Whose log: the caller's own organization's; the server's, which belongs to none; that of clients which registered
# themselves. The last two are for whoever runs the server.
Log = Literal["organization", "server", "registered"]
LOGS: tuple[Log, ...] = ("organization", "server", "registered")
EXACT = ("kind", "actor", "subject", "about", "reason", "request_id")
LONGEST = 512
PARAMETERS = (
    Parameter("page[size]", int),
    Parameter("page[after]"),
    Parameter("filter[log]"),
    *(Parameter(f"filter[{name}]") for name in EXACT),
    Parameter("filter[from]"),
    Parameter("filter[to]"),
)


class AuditRequest(Struct, frozen=True):
    """Which log, which events of it, and how many."""

    log: Log
    chosen: AuditFilter
    size: int


def read_audit_request(query: Mapping[str, str]) -> AuditRequest:
    """Read page and filters. Raises InvalidRequest."""
    log = query.get("filter[log]", "organization")
    if log not in LOGS:
        raise _refused("filter[log]", f"must be one of {', '.join(LOGS)}", "filter_invalid")
    chosen = replace(AuditFilter(), **{name: _exact(query, f"filter[{name}]") for name in EXACT})
    since, until = _moment(query, "filter[from]"), _moment(query, "filter[to]", end_of_day=True)
    chosen = replace(chosen, since=since or 0, before_at=FOREVER if until is None else until)
    page: PageRequest = read_page({name: query[name] for name in ("page[size]",) if name in query})
    return AuditRequest(next(each for each in LOGS if each == log), _after(chosen, query.get("page[after]")), page.size)


def cursor_after(at: int, event_id: str) -> str:
    """What to ask for to get what comes after this event."""
    return urlsafe_b64encode(f"{at}.{event_id}".encode()).decode().rstrip("=")


def _after(chosen: AuditFilter, cursor: str | None) -> AuditFilter:
    if cursor is None:
        return chosen
    try:
        at, _, event_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(".")
    except (binascii.Error, ValueError):
        at, event_id = "", ""
    if not (at.isascii() and at.isdigit() and len(at) <= 12 and 0 < len(event_id) <= 64 and len(cursor) <= LONGEST):
        raise _refused("page[after]", "must be what an answer named as next", "cursor_invalid")
    # A page never goes beyond what the filter allows.
    if int(at) >= chosen.before_at:
        return chosen
    return replace(chosen, before_at=int(at), before_id=event_id)


def _exact(query: Mapping[str, str], name: str) -> str | None:
    value = query.get(name)
    if value is not None and len(value) > LONGEST:
        raise _refused(name, f"must be at most {LONGEST} characters", "filter_too_long")
    return value or None


def _moment(query: Mapping[str, str], name: str, *, end_of_day: bool = False) -> int | None:
    """A time in epoch seconds. A date alone is the day's beginning, or with `end_of_day` the next one's, in UTC."""
    text = query.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        day = timedelta(days=1 if end_of_day and len(text) <= len("2026-01-31") else 0)
        return max(0, int(((found if found.tzinfo else found.replace(tzinfo=UTC)) + day).timestamp()))
    except (ValueError, OverflowError):
        raise _refused(name, "must be a date or a date-time (RFC 3339)", "time_malformed") from None


def _refused(name: str, message: str, reason: str) -> InvalidRequest:
    return InvalidRequest(f"{name} {message}", reason=reason, problems=(Problem(name, message),))
