"""What this process has counted in the last hour, ten seconds by ten seconds; with a directory, what all of them have.

Made of the tally that metrics are made of too, so that a request pays for counting once. Every ten seconds, with the
next request or question, what has been added since goes into a slot; the ring of an hour takes some hundred KiB.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from grantwell.asgi.history_files import HistoryFiles
from grantwell.asgi.tally import Tally
from grantwell.protocol.numbers import BUCKETS, SLOT_SECONDS, SLOTS, Counted, Slot

LOGGER = logging.getLogger("grantwell")
PUBLISHED_EVERY_SECONDS = 5.0
PAGE = "page"


class History:
    """One process's ring of slots, and its part of those that processes share in a `directory`."""

    def __init__(self, tally: Tally, directory: Path | None, clock: Callable[[], float]) -> None:
        self.slots: dict[int, Slot] = {}
        self._tally = tally
        self._clock = clock
        self._files = HistoryFiles(directory) if directory else None
        self._counts: dict[tuple[str, int, str, str], list[int]] = {}
        self._since = clock()
        self._number = 0
        self._publishing: asyncio.Task[None] | None = None
        self._begin(self._since)
        tally.turn = self.turn

    def start(self) -> None:
        """Begin to let the other processes know."""
        if self._files is not None:
            self._publishing = asyncio.create_task(self._publish_often())

    async def stop(self) -> None:
        """Let them know for the last time."""
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
            with contextlib.suppress(OSError):
                await self.publish()

    def turn(self, now: float) -> None:
        """Close the slot whose time is over, and begin that of `now`."""
        added = self._added()
        if added.requests or added.pages:
            self.slots.setdefault(self._number, Slot()).add(added)
        self._begin(now)
        for number in [each for each in self.slots if each < self._number - SLOTS]:
            del self.slots[number]

    async def counted(self) -> Counted:
        """The slots of all processes that can be asked."""
        self._turn_if_due()
        if self._files is None:
            return Counted(self.slots, self._since, 1, shared=False)
        try:
            return await asyncio.to_thread(self._files.exchange, dict(self.slots), self._since, self._clock())
        except OSError as error:
            LOGGER.error("the processes' numbers cannot be put together: %s", error)
            return Counted(self.slots, self._since, 1, shared=False)

    def _begin(self, now: float) -> None:
        self._number = int(now // SLOT_SECONDS)
        self._tally.turns_at = (self._number + 1) * SLOT_SECONDS

    def _turn_if_due(self) -> None:
        now = self._clock()
        if now >= self._tally.turns_at:
            self.turn(now)

    def _added(self) -> Slot:
        """What the tally has more than it had."""
        slot = Slot()
        for kind, cell in self._tally.cells.items():
            before = self._counts.get(kind)
            counts = [int(each) for each in cell[:BUCKETS]]
            if before != counts:
                self._counts[kind] = counts
                added = [a - b for a, b in zip(counts, before, strict=True)] if before else counts
                _count(slot, kind, added)
        return slot

    async def _publish_often(self) -> None:
        while True:
            try:
                await self.publish()
            except OSError as error:
                LOGGER.error("numbers cannot be shared: %s", error)
            await asyncio.sleep(PUBLISHED_EVERY_SECONDS)

    async def publish(self) -> None:
        """Let the other processes know. Raises OSError."""
        self._turn_if_due()
        if self._files is not None:
            await asyncio.to_thread(self._files.publish, dict(self.slots), self._since, self._clock())


def _count(slot: Slot, kind: tuple[str, int, str, str], added: list[int]) -> None:
    operation, _, reason, grant_type = kind
    times = sum(added)
    if operation == PAGE:
        slot.pages += times
    else:
        slot.requests += times
        slot.durations = [a + b for a, b in zip(slot.durations, added, strict=True)]
    if reason:
        slot.refusals[reason] = slot.refusals.get(reason, 0) + times
    if grant_type:
        slot.tokens[grant_type] = slot.tokens.get(grant_type, 0) + times
