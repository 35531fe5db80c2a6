"""What came over a connection and never became a request that the edge could answer: it is told of all the same.

Else nobody would notice whoever sends garbage, or lets requests hang. A connection tells once and is closed, so that
this fills no log faster than requests do.
"""

from collections.abc import Callable
from typing import TypeAlias

from grantwell.asgi.event import Event, Sink

# The client's address, as the connection has it; a status; a reason.
Refused: TypeAlias = Callable[[tuple[str, int] | None, int, str], None]
# Nothing of what was sent is repeated: it may be half a request with a secret in it.
UNREAD = "-"


def refused_by(sink: Sink, clock: Callable[[], float], entropy: Callable[[int], bytes]) -> Refused:
    """Make of each such refusal an event for the sink."""

    def refused(client: tuple[str, int] | None, status: int, reason: str) -> None:
        # Whom a proxy speaks for stands in a head, and there is none.
        address = client[0] if client else ""
        sink(Event(clock(), entropy(12).hex(), address, UNREAD, UNREAD, "", status, reason, "", "", 0.0))

    return refused
