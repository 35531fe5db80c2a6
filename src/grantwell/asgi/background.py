"""What runs beside the requests: reading keys again, rotating them, writing last uses, cleaning up.

Every process runs all of it, at its own pace, without a leader: plans are pure, changes idempotent or guarded.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from msgspec import Struct

from grantwell.asgi.driver import Driver
from grantwell.asgi.job_record import JobRecord, Result
from grantwell.protocol.changes import RemoveExpired, RemoveLeftovers
from grantwell.protocol.context import Context
from grantwell.protocol.key_life import NewKey
from grantwell.protocol.key_rotation import make_signing_key
from grantwell.protocol.records import SigningKeyRow
from grantwell.protocol.store import Backend, Conflict, StorageUnavailable

LOGGER = logging.getLogger("grantwell")
WARM_UP_AFTER_SECONDS = 1.0
# Of one table in one run: what is left after so many can wait a minute.
MOST_BATCHES = 100
# In which requests have the database to themselves.
SECONDS_BETWEEN_BATCHES = 0.05
SECONDS_BETWEEN = {"uses": 1.0, "refusals": 1.0, "keys": 10.0, "rotation": 60.0, "clean_up": 60.0}


class Plans(Struct, frozen=True):
    """The jobs, as pure plans: of all signing keys and now, and of now alone."""

    rotation: Callable[[Sequence[SigningKeyRow], int], NewKey | None]
    clean_up: Callable[[int], tuple[RemoveExpired | RemoveLeftovers, ...]]


async def rotate_if_due(backend: Backend, context: Context, plans: Plans) -> bool:
    """Make the next signing key if it is time; says whether there is a new one, ours or another process's."""
    new = plans.rotation(await backend.signing_keys(), context.now)
    if new is None:
        return False
    try:
        await backend.apply(make_signing_key(new, context))
    except Conflict:
        LOGGER.info("another process has rotated the signing key")
    return True


class Background:
    """The tasks of one process. `records` tell what became of each job, `removed` what was cleaned up, by table."""

    def __init__(self, driver: Driver, plans: Plans, flush_log: Callable[[], None]) -> None:
        self._driver = driver
        self._plans = plans
        self._flush_log = flush_log
        self.records: dict[str, JobRecord] = {}
        self.removed: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, warm_up: Callable[[], object]) -> None:
        """Begin, each task after a part of its interval of its own, so that processes spread out.

        `warm_up` is called once in a thread, a moment after the first requests could be answered.
        """
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            "uses": self._driver.last_uses.write,
            "refusals": self._driver.refusals.write,
            "keys": self._driver.key_ring.reload,
            "rotation": self.rotate,
            "clean_up": self.clean_up,
        }
        now = self._now()
        self.records = {name: JobRecord(now) for name in jobs}
        self.removed = {change.table: 0 for change in self._plans.clean_up(now)}
        self._tasks = [asyncio.create_task(self._repeat(name, job)) for name, job in jobs.items()]
        self._tasks.append(asyncio.create_task(self._flush_often()))
        self._tasks.append(asyncio.create_task(_after_a_moment(warm_up)))

    async def stop(self) -> None:
        """End the tasks, then write down what was only in memory."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._driver.last_uses.write()
            await self._driver.refusals.write()
        except StorageUnavailable:
            LOGGER.warning("the last uses of credentials, and what was refused, could not be written")
        self._flush_log()

    async def rotate(self) -> None:
        """Make the next signing key if it is time."""
        if await rotate_if_due(self._driver.backend, self._driver.context("background", ""), self._plans):
            await self._driver.key_ring.reload()

    async def clean_up(self) -> None:
        """Delete what nobody needs in batches, which others may come between, until nothing more is due of a kind."""
        for change in self._plans.clean_up(self._now()):
            for _ in range(MOST_BATCHES):
                rows = await self._driver.backend.apply((change,))
                self.removed[change.table] = self.removed.get(change.table, 0) + rows
                if not change.leaves_some(rows):
                    break
                await asyncio.sleep(SECONDS_BETWEEN_BATCHES)

    def _now(self) -> int:
        return self._driver.context("background", "").now

    async def _repeat(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        record = self.records[name]
        while True:
            due = perf_counter() + SECONDS_BETWEEN[name] * (0.75 + self._driver.context("", "").entropy(1)[0] / 512)
            await asyncio.sleep(due - perf_counter())
            began = perf_counter()
            record.lag = max(began - due, 0.0)
            record.note(await _attempt(name, job), self._now(), perf_counter() - began)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self._flush_log()


async def _attempt(name: str, job: Callable[[], Awaitable[None]]) -> Result:
    try:
        await job()
    except (StorageUnavailable, Conflict) as error:
        LOGGER.warning("background work has to wait (%s): %s", name, error)
        return "postponed"
    except Exception:  # a bug in one job must not end the others
        LOGGER.exception("background work failed (%s)", name)
        return "failed"
    return "done"


async def _after_a_moment(work: Callable[[], object]) -> None:
    await asyncio.sleep(WARM_UP_AFTER_SECONDS)
    await asyncio.to_thread(work)
