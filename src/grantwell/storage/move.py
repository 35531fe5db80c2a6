"""Moving a SQLite database to PostgreSQL, row by row, and looking whether each has arrived.

An interrupted move is simply made again: what has arrived already is only compared. Until all of it has, the target is
stamped so that no server takes it for a whole database.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from grantwell.storage import sqlite_file as file
from grantwell.storage.errors import CannotOpen
from grantwell.storage.move_target import finish, prepare
from grantwell.storage.postgresql_connection import connect_to_migrate
from grantwell.storage.rows import Row
from grantwell.storage.schema import TABLES
from grantwell.storage.versions import judge, require_current

BATCH = 2000

Connection: TypeAlias = "asyncpg.Connection[Any]"
# Told of each batch: the table, and how many rows have been copied or compared.
Progress: TypeAlias = Callable[[str, int], None]


class Table(NamedTuple):
    """A table with its columns, of which the first is its key; and how many rows the source has."""

    name: str
    columns: tuple[str, ...]
    rows: int

    @property
    def key(self) -> str:
        """The primary key's column."""
        return self.columns[0]

    def select(self, what: str, condition: str = "") -> str:
        """A query; everything in it is of our own schema."""
        return f"SELECT {what} FROM {self.name} {condition}"  # noqa: S608 - see above

    @property
    def select_by_keys(self) -> str:
        """The rows with keys of a list, in PostgreSQL's words."""
        return self.select(", ".join(self.columns), f"WHERE {self.key} = ANY($1)")

    @property
    def delete_by_keys(self) -> str:
        """The same for removing them."""
        return f"DELETE FROM {self.name} WHERE {self.key} = ANY($1)"  # noqa: S608 - as above


class Source:
    """The SQLite database, locked as by a server, so that none changes it meanwhile."""

    def __init__(self, path: Path) -> None:
        """Raises DatabaseInUse, SchemaMismatch, and CannotOpen if it cannot be read."""
        if not path.is_file():
            raise CannotOpen(f"there is no database at {path}")
        with contextlib.ExitStack() as held:
            held.callback(os.close, file.lock(path))
            try:
                self._connection = held.enter_context(contextlib.closing(file.connect_to_read(path)))
                require_current(judge(*file.found_version(self._connection)))
                self.tables = [self._table(text.split()[2]) for text in TABLES]
            except sqlite3.Error as error:
                raise CannotOpen(f"cannot read the database {path}: {error}") from error
            self.close = held.pop_all().close

    def _table(self, name: str) -> Table:
        columns = tuple(row[1] for row in self._connection.execute(f"PRAGMA table_info({name})"))
        table = Table(name, columns, 0)
        (rows,) = self._connection.execute(table.select("COUNT(*)")).fetchone()
        return table._replace(rows=rows)

    def batches(self, table: Table) -> Iterator[list[Row]]:
        """All rows in batches, in the order of their keys."""
        columns, in_order = ", ".join(table.columns), f"ORDER BY {table.key} LIMIT {BATCH}"
        found = self._fetch(table.select(columns, in_order))
        while found:
            yield found
            found = self._fetch(table.select(columns, f"WHERE {table.key} > ? {in_order}"), found[-1][0])

    def has(self, table: Table, keys: Sequence[str]) -> set[str]:
        """Which of these keys there are."""
        marks = ", ".join("?" * len(keys))
        return {key for (key,) in self._fetch(table.select(table.key, f"WHERE {table.key} IN ({marks})"), *keys)}

    def _fetch(self, query: str, *values: str) -> list[Row]:
        rows = self._connection.execute(query, values).fetchall()
        # As the driver does: the one character that PostgreSQL does not keep.
        return [tuple(v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row) for row in rows]


async def move(source: Source, url: str, progress: Progress) -> None:
    """Move everything, then compare everything once more. Raises CannotOpen; the same again goes on from there."""
    await prepare(url)
    try:
        connection = await connect_to_migrate(url)
        try:
            for table in source.tables:
                await _copy(source, connection, table, progress)
            for table in source.tables:
                await _verify(source, connection, table, progress)
            await finish(connection)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise CannotOpen(f"the move was interrupted ({error}): run the same command again, and it goes on") from error


async def _copy(source: Source, connection: Connection, table: Table, progress: Progress) -> None:
    if await _count(connection, table):
        await _remove_others(source, connection, table)
    for batch in source.batches(table):
        keys = [row[0] for row in batch]
        if await _arrived(connection, table, keys) != {row[0]: row for row in batch}:
            async with connection.transaction():
                await connection.execute(table.delete_by_keys, keys)
                await connection.copy_records_to_table(table.name, records=batch, columns=table.columns)
        progress(table.name, len(batch))


async def _arrived(connection: Connection, table: Table, keys: Sequence[str]) -> dict[str, Row]:
    return {row[0]: tuple(row) for row in await connection.fetch(table.select_by_keys, keys)}


async def _count(connection: Connection, table: Table) -> int:
    number: int = await connection.fetchval(table.select("COUNT(*)"))
    return number


async def _remove_others(source: Source, connection: Connection, table: Table) -> None:
    """Remove what an earlier attempt has brought, and what the source has no longer."""
    async with connection.transaction():
        keys = await connection.cursor(table.select(table.key))
        while found := [row[0] for row in await keys.fetch(BATCH)]:
            gone = set(found) - source.has(table, found)
            await connection.execute(table.delete_by_keys, list(gone))


async def _verify(source: Source, connection: Connection, table: Table, progress: Progress) -> None:
    """Raises CannotOpen unless exactly the rows of the source are there."""
    found = await _count(connection, table)
    if found != table.rows:
        raise CannotOpen(f"of {table.rows} rows of {table.name}, {found} have arrived")
    for batch in source.batches(table):
        if await _arrived(connection, table, [row[0] for row in batch]) != {row[0]: row for row in batch}:
            raise CannotOpen(f"rows of {table.name} have not arrived as they were")
        progress(table.name, len(batch))
