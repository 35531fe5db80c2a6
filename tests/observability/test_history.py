"""What a process counted in the last hour, and what several of them come to."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.clock import Clock

from grantwell.asgi.event import Event
from grantwell.asgi.history import History
from grantwell.asgi.history_files import ALIVE_SECONDS
from grantwell.asgi.tally import Tally
from grantwell.protocol.numbers import SLOT_SECONDS, SLOTS, Slot, sum_of


class Process:
    """One process: its sink, and its history."""

    def __init__(self, clock: Clock, directory: Path | None = None) -> None:
        self.clock = clock
        self.tally = Tally()
        self.history = History(self.tally, directory, clock)

    def serve(self, times: int = 1, **fields: Any) -> None:
        event = Event(self.clock(), "r", "a", "GET", "/", "ExchangeOAuthToken", 200, "", "c", "", 0.002)
        for _ in range(times):
            self.tally(msgspec.structs.replace(event, **fields))

    async def total(self) -> Slot:
        return sum_of((await self.history.counted()).slots.values())


def shared_files(directory: Path) -> list[Path]:
    return list(directory.glob("*.history"))


async def test_requests_are_counted_in_the_slot_of_their_time(clock: Clock) -> None:
    process = Process(clock)
    number = int(clock()) // SLOT_SECONDS
    process.serve(2)
    clock.advance(SLOT_SECONDS)
    process.serve(3, reason="grant_unknown", status=400)
    clock.advance(5 * SLOT_SECONDS)
    process.serve(1, grant_type="refresh_token")
    process.serve(4, operation="page")
    clock.advance(SLOT_SECONDS)
    slots = (await process.history.counted()).slots
    assert {at - number: (slot.requests, slot.pages, slot.refusals, slot.tokens) for at, slot in slots.items()} == {
        0: (2, 0, {}, {}),
        1: (3, 0, {"grant_unknown": 3}, {}),
        6: (1, 4, {}, {"refresh_token": 1}),
    }
    assert sum(slots[number].durations) == 2


async def test_the_slot_of_this_moment_is_told_when_it_is_over(clock: Clock) -> None:
    process = Process(clock)
    process.serve()
    assert (await process.history.counted()).slots == {}
    clock.advance(SLOT_SECONDS)
    assert (await process.total()).requests == 1


async def test_how_long_pages_took_says_nothing_of_the_api(clock: Clock) -> None:
    process = Process(clock)
    process.serve(operation="page", seconds=3)
    clock.advance(SLOT_SECONDS)
    assert sum((await process.total()).durations) == 0


async def test_after_an_hour_it_is_forgotten(clock: Clock) -> None:
    process = Process(clock)
    for _ in range(SLOTS + 50):
        process.serve()
        clock.advance(SLOT_SECONDS)
    counted = await process.history.counted()
    assert SLOTS <= len(counted.slots) <= SLOTS + 1


async def test_a_clock_that_goes_back_loses_nothing(clock: Clock) -> None:
    process = Process(clock)
    process.serve()
    clock.advance(-5 * SLOT_SECONDS)
    process.serve()
    clock.advance(6 * SLOT_SECONDS)
    process.serve()
    clock.advance(SLOT_SECONDS)
    assert (await process.total()).requests == 3


async def test_without_a_directory_only_this_process_is_told_of(clock: Clock) -> None:
    counted = await Process(clock).history.counted()
    assert (counted.processes, counted.shared, counted.since) == (1, False, clock())


async def test_with_a_directory_each_process_tells_of_all(clock: Clock, tmp_path: Path) -> None:
    one, other = Process(clock, tmp_path), Process(clock, tmp_path)
    one.serve(2)
    other.serve(3)
    clock.advance(SLOT_SECONDS)
    await other.history.publish()
    assert (await one.total()).requests == 5
    assert (await one.history.counted()).processes == 2
    # What has been published of oneself is not counted twice.
    await one.history.publish()
    assert (await one.total()).requests == (await other.total()).requests == 5


async def test_what_a_process_counted_that_has_ended_stays_for_its_hour(clock: Clock, tmp_path: Path) -> None:
    ended, one = Process(clock, tmp_path), Process(clock, tmp_path)
    ended.serve(2)
    clock.advance(SLOT_SECONDS)
    await ended.history.publish()
    (left,) = shared_files(tmp_path)
    clock.advance(ALIVE_SECONDS)
    counted = await one.history.counted()
    assert (sum_of(counted.slots.values()).requests, counted.processes) == (2, 1)
    clock.advance(SLOT_SECONDS * SLOTS + 1)
    assert (await one.total()).requests == 0
    assert left not in shared_files(tmp_path)


async def test_a_process_tells_the_others_when_it_starts_and_when_it_ends(clock: Clock, tmp_path: Path) -> None:
    one, other = Process(clock, tmp_path), Process(clock, tmp_path)
    one.history.start()
    one.serve(7)
    clock.advance(SLOT_SECONDS)
    await one.history.stop()
    assert (await other.total()).requests == 7


async def test_where_the_others_cannot_be_read_this_process_tells_of_itself(
    clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = Process(clock, tmp_path / "shared")
    (tmp_path / "shared" / "x.history").mkdir()
    one.serve()
    clock.advance(SLOT_SECONDS)
    counted = await one.history.counted()
    assert (sum_of(counted.slots.values()).requests, counted.shared) == (1, False)
    assert "cannot be put together" in caplog.text
