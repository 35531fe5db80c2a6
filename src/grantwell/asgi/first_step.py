"""A coroutine's first step without a task: many need no other, and a task costs more than what they do.

Python 3.12 has this as eager tasks; here it is for 3.11 too. Inside the first step there is no current task, so that
`asyncio.timeout` and its like cannot be used there.
"""

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def rest_after_first_step(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """Run a coroutine until it waits; the rest of it, for a task, or None if it has ended. Raises what it raises."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _rest(work, waits_for)


@coroutine
def _rest(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
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
