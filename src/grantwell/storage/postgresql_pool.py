"""Held PostgreSQL connections with their prepared statements.

asyncpg's own pool asks the server to reset a connection at every release, which costs more than the read itself. Ours
has nothing to reset: no statement here leaves anything behind, and a connection that failed is closed.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from grantwell.protocol.store import StorageUnavailable
from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement

ACQUIRE_SECONDS = 5.0


class Held:
    """One connection, and the statements that it has prepared."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self.connection = connection
        self._prepared: dict[str, asyncpg.prepared_stmt.PreparedStatement[Any]] = {}

    async def fetch(self, statement: Statement, values: tuple[Any, ...]) -> list[Row]:
        """All rows."""
        rows: list[Row] = await (await self._statement(statement)).fetch(*values)
        return rows

    async def execute(self, statement: Statement, values: tuple[Any, ...]) -> int:
        """How many rows a change has touched."""
        prepared = await self._statement(statement)
        await prepared.fetch(*values)
        # Like `UPDATE 1` or `INSERT 0 1`.
        return int(prepared.get_statusmsg().rpartition(" ")[2])

    async def _statement(self, statement: Statement) -> "asyncpg.prepared_stmt.PreparedStatement[Any]":
        prepared = self._prepared.get(statement.name)
        if prepared is None:
            prepared = self._prepared[statement.name] = await self.connection.prepare(statement.postgresql)
        return prepared


class Pool:
    """Up to `size` connections, made when they are needed, the last used one first."""

    def __init__(self, connect: Callable[[], Awaitable["asyncpg.Connection[Any]"]], size: int) -> None:
        self._connect = connect
        self._room = size
        self._free: list[Held] = []
        self._waiting: deque[asyncio.Future[Held | None]] = deque()
        self._closed = False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Held]:
        """A connection, for a while. Raises StorageUnavailable if none is free in time; one that broke is closed."""
        held = await self._acquire()
        try:
            yield held
        except BaseException as error:
            # A refused statement leaves a connection as it was. After anything else, a cancellation too, nobody knows
            # in what state it is, and opening another one is cheap beside believing a broken one.
            if not isinstance(error, asyncpg.PostgresError) or held.connection.is_in_transaction():
                held.connection.terminate()
            raise
        finally:
            self._release(held)

    async def _acquire(self) -> Held:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        while self._free:
            held = self._free.pop()
            if not held.connection.is_closed():
                return held
            self._room += 1
        if self._room > 0:
            return await self._open()
        return await self._wait()

    async def _wait(self) -> Held:
        waiter: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            held = await asyncio.wait_for(waiter, ACQUIRE_SECONDS)
        except TimeoutError as e:
            raise StorageUnavailable("no database connection was free in time") from e
        except asyncio.CancelledError:
            # Handed over just as the wait was given up: the next one must have it.
            if waiter.done() and not waiter.cancelled() and (given := waiter.result()) is not None:
                self._release(given)
            raise
        return held if held is not None else await self._open()

    async def _open(self) -> Held:
        self._room -= 1
        try:
            return Held(await self._connect())
        except BaseException:
            self._give_room()
            raise

    def _release(self, held: Held) -> None:
        if held.connection.is_closed():
            self._give_room()
        elif self._closed:
            held.connection.terminate()
        elif not self._hand_over(held):
            self._free.append(held)

    def _give_room(self) -> None:
        self._room += 1
        # A waiter gets the room to open a connection of its own.
        self._hand_over(None)

    def _hand_over(self, held: Held | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(held)
                return True
        return False

    async def close(self) -> None:
        """Close what is free; what is in use is closed when it comes back."""
        self._closed = True
        free, self._free = self._free, []
        await asyncio.gather(*(held.connection.close(timeout=2) for held in free), return_exceptions=True)
