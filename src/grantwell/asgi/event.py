"""What one request came to: the one record that access log, audit and metrics are made of."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Event(Struct, frozen=True, gc=False):
    """One request. `reason` is the stable code of a refusal, `seconds` how long the answer took.

    `grant_type` is that of a token that was issued; `trace_id` is there where requests are traced.
    """

    at: float
    request_id: str
    address: str
    method: str
    path: str
    operation: str
    status: int
    reason: str
    client_id: str
    credential: str
    seconds: float
    grant_type: str = ""
    trace_id: str = ""


class Sink(Protocol):
    """Who wants to know."""

    def __call__(self, event: Event) -> None:
        """Take one event; quickly, for the answer is on its way."""


def each_of(sinks: Sequence[Sink]) -> Sink:
    """One sink that hands each event to all of these, in their order."""
    first, *others = sinks
    if not others:
        return first
    rest = each_of(others)

    def hand_on(event: Event) -> None:
        first(event)
        rest(event)

    return hand_on
