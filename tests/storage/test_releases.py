"""Releases that share a database: what an earlier one asks, word for word, is answered on this one's schema.

While a release is rolled out both serve at once, and one that is taken back finds the newer schema. What each earlier
release asked is in `tests/vectors/releases`, recorded by `record_release.py` when it was made.
"""

import contextlib
import json
import runpy
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest
from tests.storage.record_release import CHANGES, RECORDINGS, look_around
from tests.storage.test_postgresql import connected
from tests.support.postgresql import cluster

from grantwell.storage import alembic_upgrade, sqlite_file
from grantwell.storage.backend import SqlBackend
from grantwell.storage.postgresql import open_postgresql
from grantwell.storage.postgresql_connection import connect_to_migrate
from grantwell.storage.schema import VERSION
from grantwell.storage.sqlite import open_sqlite

RELEASES = {path.stem: json.loads(path.read_text()) for path in sorted(RECORDINGS.glob("*.json"))}


class Asking(Protocol):
    """Asks a database something by its own words; the rows, and how many were touched."""

    async def __call__(self, name: str, values: Sequence[Any]) -> tuple[list[list[Any]], int]: ...


class Sqlite:
    """A database file that releases share."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "grantwell.db"
        sqlite_file.make_private(self._path)

    async def migrate(self) -> None:
        alembic_upgrade.upgrade_sqlite(lambda: sqlite_file.connect(self._path))

    async def open(self) -> SqlBackend:
        return open_sqlite(self._path, lock=True)

    @contextlib.asynccontextmanager
    async def of_release(self, statements: dict[str, dict[str, str]]) -> AsyncIterator[Asking]:
        with contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as connection:

            async def ask(name: str, values: Sequence[Any]) -> tuple[list[list[Any]], int]:
                cursor = connection.execute(statements[name]["sqlite"], values)
                return [list(row) for row in cursor.fetchall()], cursor.rowcount

            yield ask


class Postgresql:
    """A PostgreSQL database that they share; a release keeps its connection and what it has prepared on it."""

    def __init__(self, _directory: Path) -> None:
        self._url = cluster().empty()

    async def migrate(self) -> None:
        await alembic_upgrade.upgrade_postgresql(lambda: connect_to_migrate(self._url))

    async def open(self) -> SqlBackend:
        return await open_postgresql(self._url)

    @contextlib.asynccontextmanager
    async def of_release(self, statements: dict[str, dict[str, str]]) -> AsyncIterator[Asking]:
        prepared: dict[str, asyncpg.prepared_stmt.PreparedStatement[Any]] = {}
        async with connected(self._url) as connection:

            async def ask(name: str, values: Sequence[Any]) -> tuple[list[list[Any]], int]:
                if name not in prepared:
                    prepared[name] = await connection.prepare(statements[name]["postgresql"])
                rows = [list(row) for row in await prepared[name].fetch(*values)]
                return rows, int(prepared[name].get_statusmsg().rpartition(" ")[2])

            yield ask


@pytest.fixture(params=[Sqlite, Postgresql], ids=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return request.param(tmp_path)


@pytest.fixture
def at_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """While the context lasts, migrating leads to an earlier release's schema and not beyond."""

    @contextlib.contextmanager
    def only_up_to(version: str) -> Any:
        migrations = tmp_path / "migrations"
        shutil.copytree(alembic_upgrade.MIGRATIONS, migrations)
        for path in (migrations / "versions").glob("v*.py"):
            if path.name[1:5] > version:
                path.unlink()
        with monkeypatch.context() as now:
            now.setattr(alembic_upgrade, "MIGRATIONS", migrations)
            yield

    return only_up_to


def test_every_earlier_release_has_left_what_it_asks() -> None:
    assert list(RELEASES) == [f"{number:04}" for number in range(1, int(VERSION))]


async def replay(asked: Sequence[dict[str, Any]], ask: Asking) -> None:
    for each in asked:
        rows, touched = await ask(each["statement"], each["values"])
        if "rows" in each:
            assert rows == each["rows"], each["statement"]
        else:
            assert touched == each["touched"], each["statement"]


def first_look(asked: Sequence[dict[str, Any]]) -> int:
    """Where a release begins to look at what it has written."""
    return next(number for number, each in enumerate(asked) if "rows" in each)


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("part", [0, 0.2, 0.5, 0.9])
async def test_an_earlier_release_serves_on_while_and_after_this_one_migrates(
    database: Any, at_release: Callable[[str], Any], version: str, part: float
) -> None:
    recording = RELEASES[version]
    asked, before = recording["asked"], int(len(recording["asked"]) * part)
    with at_release(version):
        await database.migrate()
    async with database.of_release(recording["statements"]) as ask:
        await replay(asked[:before], ask)
        await database.migrate()
        await replay(asked[before:], ask)


@pytest.mark.parametrize("version", RELEASES)
async def test_an_earlier_release_reads_what_this_one_writes(database: Any, version: str) -> None:
    recording = RELEASES[version]
    await database.migrate()
    backend = await database.open()
    await backend.apply(CHANGES)
    async with database.of_release(recording["statements"]) as ask:
        await replay(recording["asked"][first_look(recording["asked"]) :], ask)
    await backend.close()


@pytest.mark.parametrize("version", RELEASES)
async def test_this_release_reads_what_an_earlier_one_writes(
    database: Any, at_release: Callable[[str], Any], version: str
) -> None:
    recording = RELEASES[version]
    with at_release(version):
        await database.migrate()
    async with database.of_release(recording["statements"]) as ask:
        await replay(recording["asked"][: first_look(recording["asked"])], ask)
        await database.migrate()
    backend: SqlBackend = await database.open()
    await look_around(backend)
    client, (key,) = await backend.client("client-1"), await backend.api_keys("org-1")
    assert client is not None
    assert (client.name, client.revision, key.user_id) == ("Renamed", 1, "user-1")
    lineage = (await backend.redemption("client-1", "lineage-1")).lineage
    assert lineage is not None
    assert lineage.generation == 2
    await backend.close()


MIGRATIONS = sorted((alembic_upgrade.MIGRATIONS / "versions").glob("v*.py"))


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_shuts_readers_out_only_when_it_has_nothing_else_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr("alembic.op.execute", made.append)
    runpy.run_path(str(path))["upgrade"]()
    altering = [statement.startswith("ALTER TABLE") for statement in made]
    assert made
    assert altering == sorted(altering)
