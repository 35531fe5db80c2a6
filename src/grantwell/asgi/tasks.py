"""Tasks that somebody holds until they are done: the loop alone would forget them."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def begin_task(tasks: "set[asyncio.Task[None]]", work: Coroutine[Any, Any, None]) -> None:
    """Make a coroutine one of these tasks, until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
