"""The PostgreSQL driver: held connections, prepared statements, deadlines. Any number of processes share a database."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from grantwell.protocol.store import Conflict
from grantwell.storage.backend import SqlBackend
from grantwell.storage.changes import Step
from grantwell.storage.errors import CannotOpen
from grantwell.storage.postgresql_errors import LOST_CONNECTION, of_change, of_read
from grantwell.storage.postgresql_pool import Held, Pool
from grantwell.storage.rows import Row
from grantwell.storage.schema import VERSION_TABLE
from grantwell.storage.statement import Statement
from grantwell.storage.versions import SchemaStatus, judge, require_current

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0
CONNECTIONS = 10
MINIMUM_VERSION = 13


async def connect(url: str) -> "asyncpg.Connection[Any]":
    """One connection, with deadlines on both sides. Raises what `of_read` knows."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        # Held here per connection; a second cache would only cost.
        statement_cache_size=0,
        server_settings={
            "application_name": "grantwell",
            "statement_timeout": f"{int(COMMAND_SECONDS * 1000)}",
            "idle_in_transaction_session_timeout": "30000",
            "jit": "off",
        },
    )


async def schema_status(url: str) -> SchemaStatus:
    """How a PostgreSQL database's schema compares with this release's. Raises CannotOpen."""
    try:
        connection = await connect(url)
    except (*LOST_CONNECTION, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        raise CannotOpen(f"cannot open the PostgreSQL database: {_words(error)}") from error
    try:
        if connection.get_server_version().major < MINIMUM_VERSION:
            raise CannotOpen(f"Grantwell needs PostgreSQL {MINIMUM_VERSION} or newer")
        return judge(*await _found_version(connection))
    finally:
        await connection.close()


async def _found_version(connection: "asyncpg.Connection[Any]") -> tuple[str | None, bool]:
    tables = {
        row[0]
        for row in await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
    }
    if VERSION_TABLE not in tables:
        return None, bool(tables)
    version = await connection.fetchval(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
    return version, len(tables) > 1


async def upgrade(url: str) -> SchemaStatus:
    """Make every migration that a PostgreSQL database lacks. Raises CannotOpen; then none is made."""
    if (await schema_status(url)).state in ("empty", "older"):
        from grantwell.storage.alembic_upgrade import upgrade_postgresql  # noqa: PLC0415 - takes long to load

        await upgrade_postgresql(lambda: connect(url))
    found = await schema_status(url)
    require_current(found)
    return found


async def open_postgresql(url: str) -> "PostgresqlBackend":
    """Open a database whose schema is this release's. Raises CannotOpen, naming the command that helps."""
    require_current(await schema_status(url))
    return PostgresqlBackend(url)


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
            return await self._fetch(statement, values)
        except LOST_CONNECTION:
            # A read may simply be asked again, of a connection that lives.
            return await self._fetch_last(statement, values)
        except Exception as error:
            raise of_read(error) or error from error

    async def _fetch(self, statement: Statement, values: tuple[Any, ...]) -> list[Row]:
        async with self._pool.held() as held:
            return await held.fetch(statement, values)

    async def _fetch_last(self, statement: Statement, values: tuple[Any, ...]) -> list[Row]:
        try:
            return await self._fetch(statement, values)
        except Exception as error:
            raise of_read(error) or error from error

    async def commit(self, steps: Sequence[Step]) -> None:
        try:
            async with self._pool.held() as held:
                lost = await _run(held, steps)
        except Exception as error:
            raise of_change(error) or error from error
        if lost is not None:
            raise lost

    async def close(self) -> None:
        await self._pool.close()


async def _run(held: Held, steps: Sequence[Step]) -> Conflict | None:
    """Run the steps in one transaction. A lost race is told by value, for the connection is as good as before."""
    if len(steps) == 1:
        return await _run_all(held, steps)
    transaction = held.connection.transaction()
    await transaction.start()
    try:
        lost = await _run_all(held, steps)
    except asyncpg.PostgresError as error:
        await transaction.rollback()
        failure = of_change(error)
        if isinstance(failure, Conflict) and not held.connection.is_closed():
            return failure
        raise
    if lost is not None:
        await transaction.rollback()
    else:
        await transaction.commit()
    return lost


async def _run_all(held: Held, steps: Sequence[Step]) -> Conflict | None:
    for statement, values, guarded in steps:
        if await held.execute(statement, values) == 0 and guarded:
            return Conflict(statement.name)
    return None


def _words(error: BaseException) -> str:
    """The error without the address, which may hold a password."""
    return f"{type(error).__name__}: {error}" if isinstance(error, asyncpg.PostgresError) else type(error).__name__
