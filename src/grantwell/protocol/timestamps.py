"""Times as the management API writes them (RFC 3339)."""

from datetime import UTC, datetime


def rfc3339(seconds: int) -> str:
    """Epoch seconds as a UTC date-time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
