"""What one request came to: the one record that access log, audit and metrics are made of."""

from typing import Protocol

from msgspec import Struct


class Event(Struct, frozen=True, gc=False):
    """One request. `reason` is the stable code of a refusal, `seconds` how long the answer took."""

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


class Sink(Protocol):
    """Who wants to know."""

    def __call__(self, event: Event) -> None:
        """Take one event; quickly, for the answer is on its way."""
