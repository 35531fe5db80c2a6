"""An event loop in a thread of its own, so that tests of every kind can use what lives on it: sync, async, any loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """Runs from its making until `stop`."""

    def __init__(self, name: str) -> None:
        made: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = SimpleQueue()
        self._thread = Thread(target=asyncio.run, args=(_stay(made),), name=name, daemon=True)
        self._thread.start()
        self.loop, self._over = made.get()

    @property
    def is_running(self) -> bool:
        """Whether anything can be asked of it."""
        return not self._over.is_set() and self._thread.is_alive()

    def begin(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run something there; its result is in the future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run something there, and wait for its result."""
        return self.begin(coroutine).result()

    def stop(self) -> None:
        """End it, with all that is under way there."""
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join()


async def _stay(made: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    over = asyncio.Event()
    made.put((asyncio.get_running_loop(), over))
    await over.wait()
