"""Waiting for what nobody tells of: a process that has ended, a line in another process's log."""

import asyncio
from collections.abc import Callable

SECONDS_BETWEEN_LOOKS = 0.02


async def until(is_so: Callable[[], bool], within: float = 30) -> None:
    """Return when it is so. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - nothing that another process does can be awaited
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
