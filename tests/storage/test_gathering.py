"""Gathering: who asks at the same time is answered together, and nobody suffers for somebody else."""

import asyncio
from collections.abc import Sequence

import pytest

from grantwell.protocol.store import StorageUnavailable
from grantwell.storage import gathering
from grantwell.storage.gathering import LARGEST, MOST_UNDER_WAY, Gathering


class Database:
    """Answers each number with its double, once it is let; `asked` is what it was asked together, in order."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.asked: list[list[int]] = []
        self.gate = asyncio.Event()
        self.came = asyncio.Event()
        if is_open:
            self.gate.set()

    async def answer(self, asked: Sequence[int]) -> Sequence[int | BaseException]:
        self.asked.append(list(asked))
        self.came.set()
        await self.gate.wait()
        return [ValueError(f"{number} is negative") if number < 0 else number * 2 for number in asked]


async def as_many_as_can_be_under_way(asking: Gathering[int, int], database: Database) -> list[asyncio.Future[int]]:
    """Callers of 0, 1, 2, ..., each in a statement of its own."""
    callers = []
    for number in range(MOST_UNDER_WAY):
        database.came.clear()
        callers.append(asking.ask(number))
        await asyncio.wait_for(database.came.wait(), 5)
    return callers


async def test_who_asks_in_the_same_turn_is_answered_by_one_statement() -> None:
    database = Database()
    asking = Gathering(database.answer)
    assert await asyncio.gather(*(asking.ask(number) for number in (3, 1, 2))) == [6, 2, 4]
    assert database.asked == [[3, 1, 2]]


async def test_nothing_is_remembered() -> None:
    database = Database()
    asking = Gathering(database.answer)
    assert [await asking.ask(1), await asking.ask(1)] == [2, 2]
    assert database.asked == [[1], [1]]


async def test_who_asks_meanwhile_is_asked_for_when_the_others_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", 60)
    database = Database(is_open=False)
    asking = Gathering(database.answer)
    first = asking.ask(1)
    await database.came.wait()
    meanwhile = [asking.ask(2), asking.ask(3)]
    database.gate.set()
    assert await asyncio.gather(first, *meanwhile) == [2, 4, 6]
    assert database.asked == [[1], [2, 3]]


async def test_one_that_stands_still_does_not_hold_up_the_others() -> None:
    database = Database(is_open=False)
    asking = Gathering(database.answer)
    stuck = await as_many_as_can_be_under_way(asking, database)
    assert database.asked == [[number] for number in range(MOST_UNDER_WAY)]
    database.gate.set()
    assert await asyncio.gather(*stuck, asking.ask(9)) == [*range(0, 2 * MOST_UNDER_WAY, 2), 18]


async def test_an_error_about_one_is_for_that_one_alone() -> None:
    asking = Gathering(Database().answer)
    well, badly = asking.ask(1), asking.ask(-1)
    assert await well == 2
    with pytest.raises(ValueError, match="-1 is negative"):
        await badly


async def test_an_error_about_all_is_everybodys_and_the_next_are_asked_for_again() -> None:
    fails = True

    async def answer(asked: Sequence[int]) -> Sequence[int]:
        if fails:
            raise OSError("gone")
        return asked

    asking = Gathering(answer)
    found = await asyncio.gather(asking.ask(1), asking.ask(2), return_exceptions=True)
    assert [str(error) for error in found] == ["gone", "gone"]
    fails = False
    assert await asking.ask(3) == 3


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    database = Database(is_open=False)
    asking = Gathering(database.answer)
    early, late, stays = asking.ask(1), asking.ask(2), asking.ask(3)
    early.cancel()
    await database.came.wait()
    late.cancel()
    database.gate.set()
    assert await stays == 6
    assert database.asked == [[2, 3]]


async def test_more_than_one_statement_can_take_are_all_answered() -> None:
    database = Database()
    asking = Gathering(database.answer)
    many = range(2 * LARGEST + 1)
    assert await asyncio.gather(*(asking.ask(number) for number in many)) == [number * 2 for number in many]
    assert [len(asked) for asked in database.asked] == [LARGEST, LARGEST, 1]


async def test_who_waits_for_a_database_that_answers_nobody_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", 0.001)
    database = Database(is_open=False)
    asking = Gathering(database.answer)
    under_way = await as_many_as_can_be_under_way(asking, database)
    monkeypatch.setattr(gathering, "WAIT_SECONDS", 0.02)
    with pytest.raises(StorageUnavailable):
        await asyncio.wait_for(asking.ask(9), 5)
    database.gate.set()
    assert await asyncio.gather(*under_way) == [0, 2, 4, 6]
