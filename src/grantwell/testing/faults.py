"""Faults on demand: what a server, or the network before it, does on a bad day."""

from collections.abc import Iterable
from difflib import get_close_matches
from http import HTTPStatus
from threading import Lock
from typing import Literal

from msgspec import Struct

Kind = Literal["answer", "delay", "drop", "lose_answer"]


class Fault(Struct):
    """One fault, and for how many more requests: None is until `clear`. `operation` of None fits each."""

    kind: Kind
    times: int | None
    operation: str | None
    status: int = 0
    seconds: float | None = None

    def __str__(self) -> str:
        return f"answer {self.status}" if self.kind == "answer" else self.kind


class Faults:
    """Faults that wait for their requests, in the order in which they were asked for.

    Each method takes `times`, how many of the next requests it strikes (None: all, until `clear`), and `operation`, the
    id of the only operation that it strikes, as the server's OpenAPI document names it: `ExchangeOAuthToken`. What the
    server object itself does (`make_client`, `tokens`, ...) is never struck.
    """

    def __init__(self, operations: Iterable[str]) -> None:
        self._known = tuple(operations)
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def answer(
        self, status: int, *, retry_after: float | None = None, times: int | None = 1, operation: str | None = None
    ) -> None:
        """Answer with an error, and do nothing else.

        429, 500 and 503 come in the server's own words, all others as a proxy's, which is a page of HTML.

        Args:
            status: 400 to 599.
            retry_after: seconds, for `Retry-After`; where they are no whole number `retry-after-ms`, too, which the
                SDKs heed. Of themselves only the server's own 429 and 503 have one, of a second.
            times: see the class.
            operation: see the class.

        Raises:
            ValueError: there is no such error or operation.
        """
        if not 400 <= status < 600 or status not in set(HTTPStatus):
            raise ValueError(f"status must be an HTTP error, and is {status}")
        self._add(Fault("answer", times, operation, status=status, seconds=retry_after))

    def delay(self, seconds: float, *, times: int | None = 1, operation: str | None = None) -> None:
        """Carry out the request, and answer so much later. Those `seconds` are real ones.

        Raises:
            ValueError: there is no such operation.
        """
        self._add(Fault("delay", times, operation, seconds=seconds))

    def drop(self, *, times: int | None = 1, operation: str | None = None) -> None:
        """Drop the connection before anything is carried out.

        Raises:
            ValueError: there is no such operation.
        """
        self._add(Fault("drop", times, operation))

    def lose_answer(self, *, times: int | None = 1, operation: str | None = None) -> None:
        """Carry out the request, and drop the connection instead of answering.

        Raises:
            ValueError: there is no such operation.
        """
        self._add(Fault("lose_answer", times, operation))

    def clear(self) -> None:
        """Forget all that still wait."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes a request of this operation, if one does."""
        with self._lock:
            fault = next((each for each in self._waiting if each.operation in (None, operation)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
            return fault

    def _add(self, fault: Fault) -> None:
        if fault.operation is not None and fault.operation not in self._known:
            (closest,) = get_close_matches(fault.operation, self._known, 1, 0.0)
            raise ValueError(f"there is no operation {fault.operation}. Did you mean {closest}?")
        if fault.times is not None and fault.times < 1:
            raise ValueError(f"times must be 1 or more, or None, and is {fault.times}")
        with self._lock:
            self._waiting.append(fault)
