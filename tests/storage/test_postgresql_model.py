"""Whatever is done to PostgreSQL, it says and keeps what dictionaries do."""

import asyncio
from typing import Any

import asyncpg
from hypothesis import given, settings
from tests.storage.test_model import RECORDS, do, steps
from tests.support.postgresql import TABLE_NAMES, cluster

from grantwell.protocol.changes import Change
from grantwell.protocol.outcome import Use
from grantwell.storage.dictionary import DictionaryBackend
from grantwell.storage.dictionary_tables import Tables
from grantwell.storage.postgresql import PostgresqlBackend


async def kept_by(connection: "asyncpg.Connection[Any]") -> Tables:
    tables = Tables()
    for name, kind in RECORDS.items():
        for row in await connection.fetch(f"SELECT {', '.join(kind.fields)} FROM {name}"):
            getattr(tables, name)[row[0]] = kind.read(tuple(row))
    tables.revoked_tokens = dict(await connection.fetch("SELECT jti, expires_at FROM revoked_tokens"))
    tables.removed_clients = dict(await connection.fetch("SELECT client_id, client_id AS id FROM removed_clients"))
    return tables


async def compare(url: str, sequence: list[list[Change] | Use]) -> None:
    dictionary, database = DictionaryBackend(), PostgresqlBackend(url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("; ".join(f"DELETE FROM {name}" for name in TABLE_NAMES))
        for step in sequence:
            assert await do(database, step) == await do(dictionary, step), step
        assert await kept_by(connection) == dictionary.tables
    finally:
        await connection.close()
        await database.close()


@settings(max_examples=60, deadline=None)
@given(steps)
def test_postgresql_says_and_keeps_what_dictionaries_do(sequence: list[list[Change] | Use]) -> None:
    asyncio.run(compare(cluster().database_for("the model"), sequence))
