"""The sink that counts requests: plain dictionaries, since this is paid for by every request.

One look-up and one bisection: a quarter of a microsecond. A metrics library would take 2 to 7 of them, which is what
docs/decisions/metrics-without-a-library.md is about.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import TypeAlias

from grantwell.asgi.event import Event
from grantwell.protocol.numbers import DURATIONS

# Operation, status, reason and grant type: all of them from short lists of ours.
Kind: TypeAlias = tuple[str, int, str, str]


class Tally:
    """Counts events. `cells` has for each kind of request its histogram of seconds: counts by bound, then the sum.

    `turn` is called with the time of the first event at or after `turns_at`, before that is counted.
    """

    def __init__(self) -> None:
        self.cells: dict[Kind, list[float]] = {}
        self.turns_at = float("inf")
        self.turn: Callable[[float], None] = lambda _at: None

    def __call__(self, event: Event) -> None:
        """Count one event."""
        if event.at >= self.turns_at:
            self.turn(event.at)
        kind = event.operation, event.status, event.reason, event.grant_type
        cell = self.cells.get(kind)
        if cell is None:
            cell = self.cells[kind] = [0] * (len(DURATIONS) + 2)
        seconds = event.seconds
        cell[bisect_left(DURATIONS, seconds)] += 1
        cell[-1] += seconds
