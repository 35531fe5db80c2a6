"""A bounded pool for decisions that verify a password: they take tens of milliseconds of CPU."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grantwell.protocol.errors import TooManyRequests
from grantwell.protocol.outcome import Outcome

THREADS = 2
WAITING = 32


class HeavyPool:
    """Threads are made at the first use. More than `WAITING` at once are refused, not queued."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "grantwell-heavy")
        self._under_way = 0

    async def run(self, decide: Callable[..., Outcome], *facts: Any) -> Outcome:
        """Decide in a thread. Raises TooManyRequests when too many wait already."""
        if self._under_way >= WAITING:
            raise TooManyRequests("too many sign-ins at once", reason="heavy_queue_full", retry_after=1)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, decide, *facts)
        finally:
            self._under_way -= 1
