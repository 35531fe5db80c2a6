"""The pool of PostgreSQL connections: never more than allowed, never one that is broken, nobody waits for ever."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from tests.docs.markdown import ROOT
from tests.support.postgresql import cluster

from grantwell.protocol.figures import PoolFigures
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage import postgresql_pool
from grantwell.storage.postgresql_connection import connect
from grantwell.storage.postgresql_pool import Held, Pool
from grantwell.storage.statement import CATALOGUE

SIZE = 3


class Connecting:
    """Makes real connections, counts them, and fails when told to."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.made: list[asyncpg.Connection[Any]] = []
        self.failure: Exception | None = None
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def __call__(self) -> "asyncpg.Connection[Any]":
        await self.let_go.wait()
        if self.failure:
            raise self.failure
        self.made.append(await connect(self._url))
        return self.made[-1]

    @property
    def open(self) -> int:
        return sum(not connection.is_closed() for connection in self.made)


@pytest.fixture
def connecting() -> Connecting:
    return Connecting(cluster().database_for("the pool's tests"))


@pytest_asyncio.fixture
async def pool(connecting: Connecting) -> AsyncIterator[Pool]:
    pool = Pool(connecting, SIZE)
    yield pool
    await pool.close()


async def one(held: Held) -> int:
    found: int = await held.connection.fetchval("SELECT 1")
    return found


def until(event: asyncio.Event) -> Callable[[Held], Awaitable[int]]:
    async def work(held: Held) -> int:
        await event.wait()
        return await one(held)

    return work


async def turns(number: int = 20) -> None:
    """Let everybody come as far as they can by themselves."""
    for _ in range(number):
        await asyncio.sleep(0)


async def hold_all(pool: Pool) -> tuple[list["asyncio.Task[int]"], asyncio.Event]:
    """Have every connection in use until the event."""
    ending, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def work(held: Held) -> int:
        begun.release()
        await ending.wait()
        return await one(held)

    tasks = [asyncio.create_task(pool.use(work)) for _ in range(SIZE)]
    for _ in tasks:
        await begun.acquire()
    return tasks, ending


async def test_connections_are_made_when_they_are_needed_and_used_again(pool: Pool, connecting: Connecting) -> None:
    assert connecting.open == 0
    for _ in range(5):
        assert await pool.use(one) == 1
    assert len(connecting.made) == 1


async def test_there_are_never_more_than_allowed(pool: Pool, connecting: Connecting) -> None:
    assert await asyncio.gather(*(pool.use(one) for _ in range(50))) == [1] * 50
    assert len(connecting.made) <= SIZE


async def test_who_waits_is_served_in_order(pool: Pool) -> None:
    holding, ending = await hold_all(pool)
    served: list[int] = []

    async def work(number: int) -> None:
        async def note(held: Held) -> None:
            served.append(number)
            await one(held)

        await pool.use(note)

    waiting = [asyncio.create_task(work(number)) for number in range(10)]
    await turns()
    ending.set()
    await asyncio.gather(*holding, *waiting)
    assert served == sorted(served)
    assert len(served) == 10


async def test_nobody_waits_longer_than_the_deadline(
    pool: Pool, connecting: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding, ending = await hold_all(pool)
    monkeypatch.setattr(postgresql_pool, "ACQUIRE_SECONDS", 0.05)
    with pytest.raises(StorageUnavailable, match="no database connection could be had in time"):
        await pool.use(one)
    ending.set()
    assert await asyncio.gather(*holding) == [1] * SIZE
    # Whoever gave up has taken nothing with him.
    assert await asyncio.gather(*(pool.use(one) for _ in range(SIZE))) == [1] * SIZE
    assert len(connecting.made) == SIZE


async def test_a_database_that_does_not_answer_is_not_waited_for_longer_either(
    pool: Pool, connecting: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    connecting.let_go.clear()
    monkeypatch.setattr(postgresql_pool, "ACQUIRE_SECONDS", 0.05)
    results = await asyncio.gather(*(pool.use(one) for _ in range(SIZE * 2)), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * SIZE * 2
    connecting.let_go.set()
    monkeypatch.undo()
    assert await asyncio.gather(*(pool.use(one) for _ in range(SIZE * 2))) == [1] * SIZE * 2
    assert len(connecting.made) <= SIZE


async def test_who_stops_waiting_does_not_take_what_comes_free(connecting: Connecting) -> None:
    pool, begun, ending = Pool(connecting, 1), asyncio.Event(), asyncio.Event()

    async def work(held: Held) -> int:
        begun.set()
        return await until(ending)(held)

    async def hold_and_then_cancel() -> None:
        await pool.use(work)
        # The next in line has just been handed the connection, and has not woken up yet.
        impatient.cancel()

    holding = asyncio.create_task(hold_and_then_cancel())
    await begun.wait()
    impatient, patient = (asyncio.create_task(pool.use(one)) for _ in range(2))
    await turns()
    ending.set()
    await asyncio.gather(holding, patient)
    assert impatient.cancelled()
    assert patient.result() == 1
    assert len(connecting.made) == 1
    await pool.close()


async def test_room_that_comes_free_belongs_to_who_waits_and_not_to_who_comes_later(
    pool: Pool, connecting: Connecting
) -> None:
    holding, ending = await hold_all(pool)
    waiting = asyncio.create_task(pool.use(one))
    await turns()
    for connection in connecting.made:
        connection.terminate()
    ending.set()
    await asyncio.wait(holding, return_when=asyncio.FIRST_COMPLETED)
    later = [asyncio.create_task(pool.use(one)) for _ in range(SIZE * 2)]
    await turns(1)
    assert connecting.open <= SIZE
    assert await waiting == 1
    assert await asyncio.gather(*later) == [1] * SIZE * 2
    assert connecting.open <= SIZE
    assert len(connecting.made) <= 2 * SIZE
    await asyncio.gather(*holding, return_exceptions=True)


async def test_a_connection_that_was_closed_while_it_was_free_is_not_used(pool: Pool, connecting: Connecting) -> None:
    await asyncio.gather(*(pool.use(one) for _ in range(SIZE)))
    for connection in connecting.made:
        connection.terminate()
    assert await pool.use(one) == 1
    assert connecting.open == 1


async def test_a_failure_to_connect_is_told_at_once_and_takes_no_room(pool: Pool, connecting: Connecting) -> None:
    connecting.failure = ConnectionRefusedError("no")
    for _ in range(SIZE * 2):
        with pytest.raises(StorageUnavailable, match="the database cannot answer: ConnectionRefusedError"):
            await pool.use(one)
    connecting.failure = None
    assert await asyncio.gather(*(pool.use(one) for _ in range(SIZE))) == [1] * SIZE


async def test_a_bug_in_connecting_is_not_hidden(pool: Pool, connecting: Connecting) -> None:
    connecting.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await pool.use(one)


async def test_a_refused_statement_leaves_its_connection_in_use(pool: Pool, connecting: Connecting) -> None:
    async def refused(held: Held) -> None:
        await held.connection.execute("SELECT nonsense")

    for _ in range(3):
        with pytest.raises(asyncpg.UndefinedColumnError):
            await pool.use(refused)
    assert await pool.use(one) == 1
    assert len(connecting.made) == 1


async def test_a_connection_left_inside_a_transaction_is_closed(pool: Pool, connecting: Connecting) -> None:
    async def left(held: Held) -> None:
        await held.connection.execute("BEGIN")
        await held.connection.execute("SELECT nonsense")

    with pytest.raises(asyncpg.UndefinedColumnError):
        await pool.use(left)
    assert connecting.open == 0
    assert await pool.use(one) == 1


async def test_a_connection_whose_user_was_cancelled_is_closed(pool: Pool, connecting: Connecting) -> None:
    begun = asyncio.Event()

    async def sleep(held: Held) -> None:
        begun.set()
        await held.connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(pool.use(sleep))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connecting.open == 0
    assert await pool.use(one) == 1


async def test_with_one_lost_connection_the_free_ones_go_too(pool: Pool, connecting: Connecting) -> None:
    await asyncio.gather(*(pool.use(one) for _ in range(SIZE)))

    async def lose(held: Held) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await pool.use(lose)
    assert connecting.open == 0
    assert await asyncio.gather(*(pool.use(one) for _ in range(SIZE * 2))) == [1] * SIZE * 2
    assert connecting.open <= SIZE


async def test_closing_ends_what_is_free_at_once_and_what_is_in_use_when_it_comes_back(
    pool: Pool, connecting: Connecting
) -> None:
    holding, ending = await hold_all(pool)
    waiting = asyncio.create_task(pool.use(one))
    await turns()
    await pool.close()
    with pytest.raises(StorageUnavailable, match="the database is closed"):
        await waiting
    ending.set()
    assert await asyncio.gather(*holding) == [1] * SIZE
    assert connecting.open == 0
    with pytest.raises(StorageUnavailable, match="the database is closed"):
        await pool.use(one)


async def test_the_pool_tells_how_its_connections_are_used_and_who_waits(pool: Pool) -> None:
    assert pool.figures() == PoolFigures(SIZE, 0, 0, 0, 0, 0.0)
    assert await pool.use(one) == 1
    assert pool.figures() == PoolFigures(SIZE, 0, 1, 0, 0, 0.0)
    holding, ending = await hold_all(pool)
    waiting = [asyncio.create_task(pool.use(one)) for _ in range(2)]
    await turns()
    assert pool.figures() == PoolFigures(SIZE, SIZE, 0, 2, 0, 0.0)
    ending.set()
    await asyncio.gather(*holding, *waiting)
    figures = pool.figures()
    assert (figures.in_use, figures.idle, figures.waiting, figures.waits) == (0, SIZE, 0, 2)
    assert figures.wait_seconds > 0


async def test_a_connection_plans_a_statement_once_and_keeps_it(pool: Pool) -> None:
    statement, times = CATALOGUE["introspection"], 20

    async def ask(held: Held) -> tuple[int, int]:
        for _ in range(times):
            await held.fetch(statement, ("",) * len(statement.parameters))
        plans = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE name = $1"
        custom, generic = await held.connection.fetchrow(plans, statement.name)
        return custom, generic

    custom, generic = await pool.use(ask)
    assert custom + generic == times
    # PostgreSQL tries five before it settles for one plan.
    assert generic >= times - 5


async def test_whatever_a_connection_asks_for_is_named_to_those_who_put_a_pooler_in_between() -> None:
    connection = await connect(cluster().url)
    asked = await connection.fetch("SELECT name FROM pg_settings WHERE source = 'client'")
    await connection.close()
    # What poolers know by themselves.
    names = {row["name"] for row in asked} - {"application_name", "client_encoding"}
    document = (ROOT / "docs" / "postgresql.md").read_text()
    (sentence,) = re.findall(r"Each connection asks for (.*?) at its start", document, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence)) == names
