"""The PostgreSQL driver: held connections, prepared statements, deadlines. Any number of processes share a database."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

import asyncpg

from grantwell.protocol.figures import PoolFigures
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage.backend import SqlBackend
from grantwell.storage.changes import Step, steps_of_uses
from grantwell.storage.postgresql_connection import connect
from grantwell.storage.postgresql_errors import LOST_RACE, may_ask_again, of_change, of_read
from grantwell.storage.postgresql_pool import Held, Pool
from grantwell.storage.postgresql_schema import schema_status
from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement
from grantwell.storage.versions import require_current

CONNECTIONS = 10
# Last uses are written so many rows at once: for each batch rows are locked only as long as one statement takes.
USES_AT_ONCE = 500


async def open_postgresql(url: str, connections: int = CONNECTIONS) -> "PostgresqlBackend":
    """Open a database whose schema this release can use. Raises CannotOpen, naming the command that helps."""
    require_current(await schema_status(url))
    return PostgresqlBackend(url, connections)


class PostgresqlBackend(SqlBackend):
    """A `Backend` on one PostgreSQL database. Its callers live on one event loop."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """Nothing is opened before the first statement."""
        self._pool = Pool(lambda: connect(url), connections)

    async def point(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        found = await self.scan(statement, values)
        return found[0] if found else None

    async def scan(self, statement: Statement, values: tuple[Any, ...]) -> Sequence[Row]:
        try:
            return await self._pool.use(lambda held: held.fetch(statement, values))
        except asyncpg.CharacterNotInRepertoireError:
            # Nothing that is kept has this character in it, so nothing will be found.
            return await self._ask_again(statement, _without_nul(values))
        except Exception as error:
            if may_ask_again(error):
                return await self._ask_again(statement, values)
            if failure := of_read(error):
                raise failure from error
            raise

    async def _ask_again(self, statement: Statement, values: tuple[Any, ...]) -> Sequence[Row]:
        try:
            return await self._pool.use(lambda held: held.fetch(statement, values))
        except Exception as error:
            if failure := of_read(error):
                raise failure from error
            raise

    async def commit(self, steps: Sequence[Step]) -> int:
        result: int | Conflict = await self._change(lambda held: _run(held, steps))
        if isinstance(result, Conflict):
            raise result
        return result

    async def note_uses(self, uses: Sequence[Use]) -> None:
        for statement, steps in groupby(steps_of_uses(uses), key=lambda step: step.statement):
            rows = [step.values for step in steps]
            for start in range(0, len(rows), USES_AT_ONCE):
                await self._note(statement, rows[start : start + USES_AT_ONCE])

    async def _note(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        try:
            await self._change(lambda held: held.execute_many(statement, rows))
        except Conflict as error:
            # Whether or not they were written, they may be written again.
            raise StorageUnavailable(f"last uses could not be written: {error}") from error

    async def _change(self, work: Callable[[Held], Awaitable[Any]]) -> Any:
        try:
            return await self._pool.use(work)
        except Exception as error:
            if failure := of_change(error):
                raise failure from error
            raise

    def figures(self) -> PoolFigures:
        """How the held connections are used."""
        return self._pool.figures()

    async def close(self) -> None:
        await self._pool.close()


async def _run(held: Held, steps: Sequence[Step]) -> int | Conflict:
    """Run the steps in one transaction; how many rows they touched.

    A lost race is told by value, for the connection is as good as before.
    """
    if len(steps) == 1:
        return await _run_all(held, steps)
    transaction = held.connection.transaction()
    await transaction.start()
    try:
        result = await _run_all(held, steps)
    except asyncpg.PostgresError as error:
        if held.connection.is_closed():
            raise
        await transaction.rollback()
        if isinstance(error, LOST_RACE):
            return Conflict(type(error).__name__)
        raise
    if isinstance(result, Conflict):
        await transaction.rollback()
    else:
        await transaction.commit()
    return result


async def _run_all(held: Held, steps: Sequence[Step]) -> int | Conflict:
    touched = 0
    for statement, values, guarded in steps:
        rows = await held.execute(statement, _without_nul(values))
        if rows == 0 and guarded:
            return Conflict(statement.name)
        touched += rows
    return touched


def _without_nul(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """PostgreSQL keeps every character but NUL."""
    if not any("\0" in value for value in values if isinstance(value, str)):
        return values
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values)
