"""From the parts of one process to its numbers, and from those to what all processes come to together."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

from msgspec import Struct

from grantwell.asgi.background import Background
from grantwell.asgi.driver import Driver
from grantwell.asgi.metrics import catalogue as the
from grantwell.asgi.metrics.catalogue import Values
from grantwell.asgi.metrics.exposition import exposition
from grantwell.asgi.metrics.machinery import kind_of, of_background, of_database, of_keys, of_process
from grantwell.asgi.metrics.requests import of_requests
from grantwell.asgi.metrics.share import Share
from grantwell.asgi.tally import Tally
from grantwell.protocol.figures import Measured
from grantwell.protocol.key_life import KeyPolicy

PUBLISHED_EVERY_SECONDS = 1.0
LAGS_REMEMBERED = 15


class Sources(Struct, frozen=True):
    """Where the numbers of a process come from. What may be counted is named, so that it can begin at 0."""

    driver: Driver
    background: Background
    policy: KeyPolicy
    clock: Callable[[], float]
    lines_lost: Callable[[], int]
    grant_types: tuple[str, ...]
    limits: tuple[str, ...]


class Metrics:
    """The metrics of one process, or with a `share` of all that share it."""

    def __init__(self, tally: Tally, sources: Sources, share: Share | None) -> None:
        self._tally = tally
        self._sources = sources
        self._share = share
        self._lags: deque[float] = deque([0.0], LAGS_REMEMBERED)
        # Numbers are published in the order in which they were read, or a counter would seem to fall.
        self._publishing = asyncio.Lock()

    def values(self) -> Values:
        """This process's numbers of this moment."""
        sources = self._sources
        driver, background = sources.driver, sources.background
        figures = driver.backend.figures() if isinstance(driver.backend, Measured) else None
        return {
            **of_requests(self._tally.cells, sources.grant_types, sources.limits),
            the.CONFLICTS.name: {(operation,): [times] for operation, times in driver.conflicts.items()},
            **of_database(figures),
            **of_background(background.records, background.removed),
            **of_keys(driver.key_ring.keys, sources.policy, sources.clock()),
            **of_process(kind_of(figures), max(self._lags), sources.lines_lost()),
        }

    async def render(self) -> bytes:
        """What a scrape gets. Raises OSError where the shared directory cannot be used."""
        share = self._share
        if share is None:
            return exposition(self.values())
        async with self._publishing:
            values = self.values()
            return await asyncio.to_thread(lambda: exposition(share.exchange(values)))

    async def publish(self) -> None:
        """Let the other processes know. Raises OSError."""
        if self._share is not None:
            async with self._publishing:
                await asyncio.to_thread(self._share.publish, self.values())

    async def watch(self) -> None:
        """Once a second, for ever: see how late the event loop is, and publish."""
        while True:
            due = perf_counter() + PUBLISHED_EVERY_SECONDS
            await asyncio.sleep(PUBLISHED_EVERY_SECONDS)
            self._lags.append(max(perf_counter() - due, 0.0))
            await self.publish()
