"""Callers who ask the same at the same time, answered together: one round trip and one statement for all of them.

Nothing is remembered. What is asked goes to the database at the end of the turn of the event loop in which it was
asked, or when what is under way comes back.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from grantwell.protocol.store import StorageUnavailable

# The more are under way, the fewer callers each has: so the next one waits for the last, but not for long, since one
# that stands still must not hold up all others.
PATIENCE_SECONDS = 0.005
MOST_UNDER_WAY = 4
LARGEST = 200
# As long as a caller waits for a connection, and no longer.
WAIT_SECONDS = 5.0

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Gathering(Generic[Asked, Found]):
    """Callers live on one event loop. `answer` gives for each of those asked, in order, what was found or an error.

    An error that `answer` raises is everybody's. Who has waited for `WAIT_SECONDS` gets StorageUnavailable.
    """

    def __init__(self, answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Found | BaseException]]]) -> None:
        """Nothing is under way yet."""
        self._answer = answer
        self._waiting: deque[tuple[Asked, asyncio.Future[Found], float]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._next: asyncio.Handle | None = None

    def ask(self, asked: Asked) -> asyncio.Future[Found]:
        """What will be found. A caller who gives up takes nothing from the others."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((asked, future, loop.time() + WAIT_SECONDS))
        if self._next is None:
            self._next = self._later() if self._under_way else loop.call_soon(self._begin)
        return future

    def _later(self) -> asyncio.Handle:
        return asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._begin)

    def _begin(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self._send_away()
        if self._waiting and len(self._under_way) < MOST_UNDER_WAY:
            callers = [self._waiting.popleft()[:2] for _ in range(min(len(self._waiting), LARGEST))]
            task = asyncio.get_running_loop().create_task(self._serve(callers))
            self._under_way.add(task)
            task.add_done_callback(self._end)
        if self._waiting:
            self._next = self._later()

    def _send_away(self) -> None:
        """Nobody waits longer and longer for a database that hardly answers."""
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][2] < now:
            _settle(self._waiting.popleft()[1], StorageUnavailable("the database does not answer in time"))

    def _end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._begin()

    async def _serve(self, callers: Sequence[tuple[Asked, asyncio.Future[Found]]]) -> None:
        wanted = [(asked, future) for asked, future in callers if not future.done()]
        if not wanted:
            return
        try:
            answers = await self._answer([asked for asked, _ in wanted])
        except BaseException as error:
            for _, future in wanted:
                _settle(future, error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), found in zip(wanted, answers, strict=True):
            _settle(future, found)


def _settle(future: "asyncio.Future[Found]", found: Found | BaseException) -> None:
    if future.done():
        return
    if isinstance(found, asyncio.CancelledError):
        future.cancel()
    elif isinstance(found, BaseException):
        future.set_exception(found)
    else:
        future.set_result(found)
