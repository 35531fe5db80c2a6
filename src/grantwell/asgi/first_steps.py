"""Coroutines that are begun together, at the next turn of the loop, and without tasks: most need no more than that.

What came in is parsed first, then all of it is answered, so that each step finds its code in the CPU's cache; and a
task costs more than what many of them do. Python 3.12 has eager tasks, which begin at once instead. Inside a first step
there is no current task, so that `asyncio.timeout` and its like cannot be used there.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

Work = Coroutine[Any, Any, None]


class FirstSteps:
    """What is to begin at the next turn of a loop. Whatever then waits becomes one of the `tasks`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tasks: "set[asyncio.Task[None]]") -> None:
        self._loop = loop
        self._tasks = tasks
        self._waiting: deque[Work] = deque()

    def add(self, work: Work) -> None:
        """Have a coroutine begun."""
        if not self._waiting:
            self._loop.call_soon(self._begin)
        self._waiting.append(work)

    def _begin(self) -> None:
        try:
            # What is added meanwhile has its turn after others had theirs.
            for _ in range(len(self._waiting)):
                self._begin_one(self._waiting.popleft())
        finally:
            if self._waiting:
                self._loop.call_soon(self._begin)

    def _begin_one(self, work: Work) -> None:
        rest = rest_after_first_step(work)
        if rest is not None:
            begin_task(self._loop, self._tasks, rest)


def begin_task(loop: asyncio.AbstractEventLoop, tasks: "set[asyncio.Task[None]]", work: Work) -> None:
    """Make a coroutine one of the tasks, until it is done: the loop alone would forget it."""
    task = loop.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def rest_after_first_step(work: Work) -> Work | None:
    """Run a coroutine until it waits; the rest of it, for a task, or None if it has ended. Raises what it raises."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _rest(work, waits_for)


@coroutine
def _rest(work: Work, waits_for: Any) -> Generator[Any, Any, None]:
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
