"""Calls that are under way together go in step: all look up, then all are decided, then sealed, then answered.

A call runs through more code than a CPU's first cache holds. One call after the other, from end to end, each step finds
there what the other steps have left; in step, what the same step of the last call has left, which is its own code and
data. A signature alone is twice as fast after another one.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

from grantwell.asgi.tasks import begin_task

Work = Coroutine[Any, Any, None]
# What lets others go first more often than that lets the rest of the loop go on as well.
STEPS = 8


@coroutine
def others_first() -> Generator[None, None, None]:
    """Let those who are under way come as far. In a task, which may be anywhere, that takes a turn of the loop."""
    yield


class InStep:
    """Coroutines that are begun together at the next turn of a loop, and go in step as far as `others_first` says.

    No tasks are made for them: those cost more than what many of them do. Whatever waits for anything else becomes one
    of the `tasks`. Until then there is no current task, so that `asyncio.timeout` and its like cannot be used.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, tasks: "set[asyncio.Task[None]]") -> None:
        self._loop = loop
        self._tasks = tasks
        self._under_way: deque[Work] = deque()

    def add(self, work: Work) -> None:
        """Have a coroutine begun."""
        if not self._under_way:
            self._loop.call_soon(self._go_on)
        self._under_way.append(work)

    def _go_on(self) -> None:
        try:
            for _ in range(STEPS):
                for _ in range(len(self._under_way)):
                    self._step(self._under_way.popleft())
        finally:
            if self._under_way:
                self._loop.call_soon(self._go_on)

    def _step(self, work: Work) -> None:
        try:
            waits_for = work.send(None)
        except StopIteration:
            return
        if waits_for is None:
            self._under_way.append(work)
        else:
            begin_task(self._tasks, _rest(work, waits_for))


@coroutine
def _rest(work: Work, waits_for: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that waits."""
    try:
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - a task is cancelled so, and its coroutine shall know
                waits_for = work.throw(error)
            else:
                waits_for = work.send(sent)
    except StopIteration:
        return
