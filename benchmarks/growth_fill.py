"""Databases with many rows: a template row again and again, each time with another key, by the database itself."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import time
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

KEYS = (("clients", "client_id"), ("lineages", "lineage_id"))
# Of clients, all; lineages are asked for in turn.
SAMPLES = {"clients": 1_000_000, "lineages": 50_000}
SOME = "SELECT {key} FROM {table} ORDER BY random() LIMIT {number}"
GENERATIONS = "SELECT lineage_id, generation FROM lineages WHERE revoked_at IS NULL AND lineage_id {}"
SQLITE_COPY = """INSERT INTO {table} SELECT * FROM (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1
    FROM numbers WHERE n < {count})
    SELECT {columns} FROM numbers, {table} AS template WHERE template.{key} = 'template')"""
POSTGRESQL_COPY = """INSERT INTO {table} ({names}) SELECT {columns} FROM {table} AS template,
    generate_series(1, {count}) AS numbers(n) WHERE template.{key} = 'template'"""
POSTGRESQL_DIRECTORY = """SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database
    WHERE datname = current_database()"""
# As if each client had been asked for every hundred seconds or so for a while: a use is noted when what is on record is
# an hour old, as long as so many clients are used.
SINCE_NOTED_SECONDS = 3700
SQLITE_USE = f"{{now}} - abs(random() % {SINCE_NOTED_SECONDS})"
POSTGRESQL_USE = f"{{now}} - floor(random() * {SINCE_NOTED_SECONDS})::bigint"
# The last character of 22 that stand for 16 bytes is one of four.
SQLITE_KEY = "substr(hex(randomblob(11)), 1, 21) || 'A'"
POSTGRESQL_KEY = "substr(md5(random()::text || n), 1, 21) || 'A'"


class Filled(Struct, frozen=True):
    """A database, and some of the keys in it. `url` is PostgreSQL's."""

    settings: Settings
    url: str
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
    return Filled(settings, url, await open_backend(settings, lock=False), salt, clients, lineages)


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
            columns = _columns(names, key, SQLITE_KEY, SQLITE_USE)
            connection.execute(SQLITE_COPY.format(table=table, count=count, columns=columns, key=key))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [[row[0] for row in connection.execute(_some(*each))] for each in KEYS]


async def generations_of(filled: Filled, lineages: list[str]) -> dict[str, int]:
    """Which generation is the head of each of these lineages, as far as they live."""
    if filled.url:
        connection = await asyncpg.connect(filled.url)
        rows = await connection.fetch(GENERATIONS.format("= ANY($1::text[])"), lineages)
        await connection.close()
        return dict(rows)
    with contextlib.closing(sqlite3.connect(filled.settings.data_dir / "grantwell.db")) as reader:
        asked = (reader.execute(GENERATIONS.format("= ?"), (each,)) for each in lineages)
        return dict(row for found in asked if (row := found.fetchone()))


async def bring_into_memory(filled: Filled) -> None:
    """Read the database's files: some machines take back what has not been used for a minute, and read it anew then.

    Raises CalledProcessError.
    """
    place = str(filled.settings.data_dir / "grantwell.db")
    if filled.url:
        connection = await asyncpg.connect(filled.url)
        place = await connection.fetchval(POSTGRESQL_DIRECTORY)
        await connection.close()
    # Another process does it: whoever closes a file loses its locks of it, SQLite's among them.
    command = ("find", place, "-type", "f", "-exec", "cat", "{}", "+")
    await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)


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
        columns = _columns(names, key, POSTGRESQL_KEY, POSTGRESQL_USE)
        await connection.execute(
            POSTGRESQL_COPY.format(table=table, names=", ".join(names), columns=columns, key=key, count=count)
        )
        await connection.execute(f"ALTER TABLE {table} SET LOGGED")
        await connection.execute(f"VACUUM ANALYZE {table}")
        found.append([row[0] for row in await connection.fetch(_some(table, key))])
    await connection.execute("CHECKPOINT")
    await connection.close()
    return found


def _some(table: str, key: str) -> str:
    return SOME.format(table=table, key=key, number=SAMPLES[table])


def _columns(names: list[str], key: str, made: str, use: str) -> str:
    different = dict.fromkeys(("last_used_at", "secret_last_used_at"), use.format(now=int(time.time()))) | {key: made}
    return ", ".join(different.get(name, f"template.{name}") for name in names)
