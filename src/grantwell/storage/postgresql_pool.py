"""Held PostgreSQL connections with their prepared statements.

asyncpg's own pool asks the server to reset a connection at every release, which costs more than the read itself. Ours
has nothing to reset: no statement here leaves anything behind, and a connection that failed is closed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any, TypeVar

import asyncpg

from grantwell.protocol.figures import PoolFigures
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage.postgresql_errors import is_of_connection, of_read
from grantwell.storage.postgresql_together import Together
from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement

ACQUIRE_SECONDS = 5.0
CLOSE_SECONDS = 2.0

Result = TypeVar("Result")

# Where one writer must wait for another: no grant is made for a client while that is being removed. SQLite, which has
# one writer, has no such clause.
LOCKS = {"add_grant": " FOR KEY SHARE OF clients"}


class Held:
    """One connection, and the statements that it has prepared."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self.connection = connection
        self._prepared: dict[str, asyncpg.prepared_stmt.PreparedStatement[Any]] = {}

    async def fetch(self, statement: Statement | Together, values: tuple[Any, ...]) -> list[Row]:
        """All rows."""
        rows: list[Row] = await (await self._statement(statement)).fetch(*values)
        return rows

    async def execute(self, statement: Statement | Together, values: tuple[Any, ...]) -> int:
        """How many rows a change has touched."""
        prepared = await self._statement(statement)
        await prepared.fetch(*values)
        # Like `UPDATE 1` or `INSERT 0 1`.
        return int(prepared.get_statusmsg().rpartition(" ")[2])

    async def execute_many(self, statement: Statement | Together, rows: Sequence[tuple[Any, ...]]) -> None:
        """Make one change with each of these rows of values, in one round trip and all or none."""
        await (await self._statement(statement)).executemany(rows)

    async def _statement(self, statement: Statement | Together) -> "asyncpg.prepared_stmt.PreparedStatement[Any]":
        prepared = self._prepared.get(statement.name)
        if prepared is None:
            prepared = await self.connection.prepare(
                # Without a name asyncpg would have it parsed and planned anew each time.
                text_of(statement),
                name=statement.name,
            )
            self._prepared[statement.name] = prepared
        return prepared


def text_of(statement: Statement | Together) -> str:
    """A statement as PostgreSQL gets it."""
    return statement.postgresql + LOCKS.get(statement.name, "")


class Pool:
    """Up to `size` connections, made when they are needed, the last used one first.

    Room for a connection is counted, and handed from one to the next like the connections themselves: nobody who
    comes later takes what somebody waits for.
    """

    def __init__(self, connect: Callable[[], Awaitable["asyncpg.Connection[Any]"]], size: int) -> None:
        self._connect = connect
        self._size = self._room = size
        self._free: list[Held] = []
        self._waiting: deque[asyncio.Future[Held | None]] = deque()
        self._closed = False
        self._waits = 0
        self._wait_seconds = 0.0

    def figures(self) -> PoolFigures:
        """How the connections are used now, and how long callers had to wait. One that is being opened is in use."""
        idle = len(self._free)
        in_use = self._size - self._room - idle
        return PoolFigures(self._size, in_use, idle, len(self._waiting), self._waits, self._wait_seconds)

    async def use(self, work: Callable[[Held], Awaitable[Result]]) -> Result:
        """Do some work with a connection. Raises what the work raises, and StorageUnavailable if none can be had."""
        held = await self._acquire()
        try:
            return await work(held)
        except BaseException as error:
            self._judge(held, error)
            raise
        finally:
            self._release(held)

    def _judge(self, held: Held, error: BaseException) -> None:
        """A refused statement leaves a connection as it was. After all else, a cancellation too, nobody knows."""
        if not isinstance(error, asyncpg.PostgresError) or held.connection.is_in_transaction():
            held.connection.terminate()
        if is_of_connection(error):
            # What took one connection away seldom took it alone, and opening them again is cheap beside trying each.
            held.connection.terminate()
            self._discard_free()

    def _discard_free(self) -> None:
        while self._free:
            self._free.pop().connection.terminate()
            self._give_room()

    async def _acquire(self) -> Held:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        while self._free:
            held = self._free.pop()
            if not held.connection.is_closed():
                return held
            self._give_room()
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                return await self._open_or_wait()
        except TimeoutError as error:
            raise StorageUnavailable("no database connection could be had in time") from error

    async def _open_or_wait(self) -> Held:
        if self._room > 0:
            self._room -= 1
            return await self._open()
        waiter: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        began = perf_counter()
        try:
            held = await waiter
        except asyncio.CancelledError:
            # Handed over just as the wait was given up: the next one must have it.
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            raise
        finally:
            self._waits += 1
            self._wait_seconds += perf_counter() - began
        return held if held is not None else await self._open()

    async def _open(self) -> Held:
        """Fill the room that the caller has. Nothing was asked of the database yet, so a failure is no unknown fate."""
        try:
            return Held(await self._connect())
        except BaseException as error:
            self._give_room()
            if failure := of_read(error):
                raise failure from error
            raise

    def _release(self, held: Held) -> None:
        if self._closed:
            held.connection.terminate()
        self._pass_on(None if held.connection.is_closed() else held)

    def _pass_on(self, held: Held | None) -> None:
        if held is None:
            self._give_room()
        elif not self._hand_over(held):
            self._free.append(held)

    def _give_room(self) -> None:
        # Whoever waits opens a connection of its own.
        if not self._hand_over(None):
            self._room += 1

    def _hand_over(self, held: Held | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(held)
                return True
        return False

    async def close(self) -> None:
        """Close what is free, and send away who waits; what is in use is closed when it comes back."""
        self._closed = True
        while self._waiting:
            if not (waiter := self._waiting.popleft()).done():
                waiter.set_exception(StorageUnavailable("the database is closed"))
        free, self._free = self._free, []
        closing = (held.connection.close(timeout=CLOSE_SECONDS) for held in free)
        await asyncio.gather(*closing, return_exceptions=True)
