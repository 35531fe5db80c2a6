"""Databases with many rows: a template row again and again, each time with another key, by the database itself."""

import os
import random
import sqlite3
from pathlib import Path

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.prepare import a_client, a_lineage, add_client, context_of
from grantwell.app import open_backend
from grantwell.protocol.changes import AddClient, AddLineage
from grantwell.protocol.store import Backend
from grantwell.settings import Settings, load_settings

SAMPLE = 50_000
KEYS = (("clients", "client_id"), ("lineages", "lineage_id"))
SQLITE_COPY = """INSERT INTO {table} SELECT * FROM (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1
    FROM numbers WHERE n < {count})
    SELECT {columns} FROM numbers, {table} AS template WHERE template.{key} = 'template')"""
# The last character of 22 that stand for 16 bytes is one of four.
SQLITE_KEY = "substr(hex(randomblob(11)), 1, 21) || 'A'"
POSTGRESQL_COPY = """INSERT INTO {table} ({names}) SELECT {columns} FROM {table} AS template,
    generate_series(1, {count}) AS numbers(n) WHERE template.{key} = 'template'"""
POSTGRESQL_KEY = "substr(md5(random()::text || n), 1, 21) || 'A'"


class Filled(Struct, frozen=True):
    """A database, and some of the keys in it."""

    settings: Settings
    backend: Backend
    salt: str
    clients: list[str]
    lineages: list[str]


async def fill(directory: Path, counts: tuple[int, int], url: str = "") -> Filled:
    """Make a database with so many clients and lineages: a file in the directory, or PostgreSQL's at `url`."""
    settings = load_settings(data_dir=directory)
    if url:
        settings = msgspec.structs.replace(settings, database_url=url, secret=(os.urandom(32),))
    await add_client(settings)
    salt = await _add_templates(settings)
    found = await _in_postgresql(url, counts) if url else _in_sqlite(directory / "grantwell.db", counts)
    clients, lineages = ([key for key in dict.fromkeys(keys) if key != "template"] for keys in found)
    return Filled(settings, await open_backend(settings, lock=False), salt, clients, lineages)


async def _add_templates(settings: Settings) -> str:
    context = context_of(settings)
    backend = await open_backend(settings, lock=False)
    template = replace(a_client(settings, context), client_id="template")
    lineage = replace(a_lineage(context, 1), lineage_id="template")
    await backend.apply((AddClient(template), AddLineage(lineage)))
    await backend.close()
    return lineage.salt


def _in_sqlite(place: Path, counts: tuple[int, int]) -> list[list[str]]:
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -2000000")
        for (table, key), count in zip(KEYS, counts, strict=True):
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            columns = _columns(names, key, SQLITE_KEY)
            connection.execute(SQLITE_COPY.format(table=table, count=count, columns=columns, key=key))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [_some(connection, *each) for each in KEYS]


def _some(connection: sqlite3.Connection, table: str, key: str) -> list[str]:
    last = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
    chosen = [random.randint(1, last) for _ in range(SAMPLE)]
    found = (connection.execute(f"SELECT {key} FROM {table} WHERE rowid = ?", (each,)).fetchone() for each in chosen)
    return [row[0] for row in found if row]


async def _in_postgresql(url: str, counts: tuple[int, int]) -> list[list[str]]:
    connection = await asyncpg.connect(url)
    found = []
    for (table, key), count in zip(KEYS, counts, strict=True):
        # A table that is being filled needs no journal: it is there or it is not.
        await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
        rows = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position", table
        )
        names = [row[0] for row in rows]
        columns = _columns(names, key, POSTGRESQL_KEY)
        await connection.execute(
            POSTGRESQL_COPY.format(table=table, names=", ".join(names), columns=columns, key=key, count=count)
        )
        await connection.execute(f"ALTER TABLE {table} SET LOGGED")
        await connection.execute(f"VACUUM ANALYZE {table}")
        chosen = await connection.fetch(f"SELECT {key} FROM {table} ORDER BY random() LIMIT {SAMPLE}")
        found.append([row[0] for row in chosen])
    await connection.execute("CHECKPOINT")
    await connection.close()
    return found


def _columns(names: list[str], key: str, made: str) -> str:
    return ", ".join(made if name == key else f"template.{name}" for name in names)
