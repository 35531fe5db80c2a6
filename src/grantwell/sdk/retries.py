"""When to send a request again, and after how long: the rules of the official SDKs, which servers are prepared for."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
LONGEST_ORDER_SECONDS = 60.0
REPEATED_STATUSES = frozenset({408, 409, 429})


def is_worth_repeating(status_code: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer invites another try: the server's `x-should-retry` decides, then the status."""
    match headers.get("x-should-retry"):
        case "true":
            return True
        case "false":
            return False
    return status_code in REPEATED_STATUSES or status_code >= 500


def pause_seconds(headers: Mapping[str, str], retries: int, *, now: float, luck: float) -> float:
    """How long to wait before sending again.

    Args:
        headers: of the answer; empty where there was none.
        retries: how many times it was sent again already.
        now: the time, in seconds since 1970.
        luck: a random number from 0 to 1, so that many clients do not come back at once.

    Returns:
        Seconds: what the server asked for, if that is at most a minute; else twice as long as the last time, up to 8,
        less up to a quarter.
    """
    ordered = ordered_pause(headers, now)
    if ordered is not None and 0 < ordered <= LONGEST_ORDER_SECONDS:
        return ordered
    longest: float = min(FIRST_PAUSE_SECONDS * 2.0 ** min(retries, 9), LONGEST_PAUSE_SECONDS)
    return longest * (1 - luck / 4)


def ordered_pause(headers: Mapping[str, str], now: float) -> float | None:
    """What the server asked for, in seconds: `retry-after-ms`, or `retry-after` (RFC 9110, section 10.2.3)."""
    milliseconds = number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after", "")
    seconds = number(after)
    return seconds if seconds is not None else seconds_until(after, now)


def number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def seconds_until(date: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return None
