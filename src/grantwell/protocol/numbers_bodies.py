"""How a server's numbers look from outside. Nothing in them names a client or a person."""

from msgspec import Struct

from grantwell.protocol.numbers import Slot, percentile
from grantwell.protocol.timestamps import rfc3339


class ShownNumbers(Struct, frozen=True, kw_only=True):
    """What was counted within some seconds. Milliseconds are null where there were no requests.

    `requests` are those to the API, whose durations these are; `pages` those to pages, their files and health checks.
    """

    at: str
    seconds: int
    requests: int
    pages: int
    refused: int
    p50_ms: float | None
    p99_ms: float | None
    tokens: dict[str, int]


class Refusals(Struct, frozen=True):
    """How often something was refused for one reason, whose stable code this is."""

    reason: str
    count: int


class Numbers(Struct, frozen=True):
    """The last minute, the last hour, and the last hour step by step, oldest first."""

    last_minute: ShownNumbers
    last_hour: ShownNumbers
    refusals: tuple[Refusals, ...]
    steps: tuple[ShownNumbers, ...]


class NumbersMeta(Struct, frozen=True):
    """Who has counted, and since when. `shared` is false where it is only the one process that answers."""

    since: str
    processes: int
    shared: bool


class NumbersResponse(Struct, frozen=True):
    """The envelope."""

    data: Numbers
    meta: NumbersMeta


def show_numbers(at: int, seconds: int, slot: Slot) -> ShownNumbers:
    """How a slot looks from outside."""
    return ShownNumbers(
        at=rfc3339(at),
        seconds=seconds,
        requests=slot.requests,
        pages=slot.pages,
        refused=slot.refused,
        p50_ms=_milliseconds(percentile(slot.durations, 0.5)),
        p99_ms=_milliseconds(percentile(slot.durations, 0.99)),
        tokens=dict(sorted(slot.tokens.items())),
    )


def show_refusals(slot: Slot) -> tuple[Refusals, ...]:
    """By reason, the most frequent first."""
    found = (Refusals(reason, times) for reason, times in slot.refusals.items())
    return tuple(sorted(found, key=lambda each: (-each.count, each.reason)))


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
