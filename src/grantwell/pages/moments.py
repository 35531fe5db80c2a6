"""Moments as pages show them: to the minute, in UTC, the same in every language."""

from datetime import UTC, datetime


def in_words(value: datetime | str) -> str:
    """A moment for people, as in `2026-07-01 12:30 UTC`; `value` is a datetime or RFC 3339."""
    return f"{_parsed(value):%Y-%m-%d %H:%M} UTC"


def in_rfc3339(value: datetime | str) -> str:
    """A moment for programs (RFC 3339 section 5.6)."""
    return f"{_parsed(value):%Y-%m-%dT%H:%M:%SZ}"


def _parsed(value: datetime | str) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
