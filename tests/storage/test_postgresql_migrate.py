"""The schema of a PostgreSQL database: migrated it is the declared one, and one that does not fit is refused."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from tests.storage import examples as an
from tests.storage.examples import advance, populate
from tests.storage.test_model import steps
from tests.storage.test_postgresql import connected
from tests.storage.test_postgresql_model import compare
from tests.support.postgresql import cluster

from grantwell.protocol.changes import Change
from grantwell.protocol.outcome import Use
from grantwell.storage import alembic_upgrade, postgresql_connection, versions
from grantwell.storage.errors import CannotOpen, SchemaMismatch
from grantwell.storage.postgresql import open_postgresql
from grantwell.storage.postgresql_pool import text_of
from grantwell.storage.postgresql_schema import schema_status, upgrade
from grantwell.storage.schema import VERSION
from grantwell.storage.statement import CATALOGUE
from grantwell.storage.versions import MOVING

NEXT = f"{int(VERSION) + 1:04}"

COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2"

# What an expanding migration may do while the release before it serves: everything that its statements don't see.
EXPANDING = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{VERSION}"
def upgrade():
    op.execute("ALTER TABLE clients ADD COLUMN note TEXT")
    op.execute("ALTER TABLE lineages ADD COLUMN color BIGINT NOT NULL DEFAULT 7")
    op.execute("CREATE TABLE colors (color BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)")
    op.execute("CREATE INDEX lineages_by_color ON lineages (color)")
"""
# And what comes a release later, when nobody needs it any more.
CONTRACTING = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{VERSION}"
def upgrade():
    op.execute("ALTER TABLE clients DROP COLUMN tos_uri")
    op.execute("UPDATE schema_version SET usable_from = '{NEXT}'")
"""
FAILING = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{VERSION}"
def upgrade():
    op.execute("ALTER TABLE clients ADD COLUMN note TEXT")
    op.execute("ALTER TABLE nonsense ADD COLUMN note TEXT")
"""
SLOW = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{VERSION}"
def upgrade():
    op.execute("SELECT pg_sleep(0.5)")
"""


class NextRelease:
    """The migrations with one more, and a database for them."""

    def __init__(self, migrations: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._migrations = migrations
        self._monkeypatch = monkeypatch

    async def migrate(self, url: str, migration: str) -> None:
        """Bring the database up to date as that release does."""
        (self._migrations / "versions" / "v0002_next.py").write_text(migration)
        with self._monkeypatch.context() as now:
            now.setattr(alembic_upgrade, "MIGRATIONS", self._migrations)
            now.setattr(versions, "VERSION", NEXT)
            await upgrade(url)


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextRelease:
    shutil.copytree(alembic_upgrade.MIGRATIONS, tmp_path / "migrations")
    return NextRelease(tmp_path / "migrations", monkeypatch)


@pytest.fixture
def empty() -> str:
    """The address of a database with nothing in it."""
    return cluster().empty()


@pytest_asyncio.fixture
async def migrated(empty: str) -> AsyncIterator[str]:
    """The address of a database that this release's migrations have made."""
    await upgrade(empty)
    yield empty


async def schema_of(url: str) -> list[Any]:
    async with connected(url) as connection:
        return [tuple(row) for query in (COLUMNS, INDEXES) for row in await connection.fetch(query)]


async def test_a_migrated_schema_is_the_declared_one(migrated: str) -> None:
    assert await schema_of(migrated) == await schema_of(cluster().migrated())
    assert len(await schema_of(migrated)) > 100


async def test_every_statement_fits_the_migrated_schema(migrated: str) -> None:
    async with connected(migrated) as connection:
        for statement in CATALOGUE.values():
            await connection.prepare(text_of(statement))


async def test_migrating_again_changes_nothing(migrated: str) -> None:
    backend = await open_postgresql(migrated)
    await populate(backend)
    before = await schema_of(migrated)
    assert (await upgrade(migrated)).state == "current"
    assert await schema_of(migrated) == before
    assert await backend.client("client-1") == an.client()
    await backend.close()


async def test_an_empty_database_is_refused_by_naming_the_command(empty: str) -> None:
    assert (await schema_status(empty)).state == "empty"
    with pytest.raises(SchemaMismatch, match=f"missing, and this release needs {VERSION}: run `grantwell migrate`"):
        await open_postgresql(empty)
    assert await schema_of(empty) == []


@pytest.mark.parametrize(
    ("stamp", "state", "words"),
    [
        (("0000", "0000"), "older", f"0000, and this release needs {VERSION}: run `grantwell migrate`"),
        ((NEXT, NEXT), "newer", f"{NEXT}, from a newer release; this one knows up to {VERSION}: run the newer release"),
        (("9999", NEXT), "newer", "9999, from a newer release"),
        ((f"{MOVING}0001", "0001"), "moving", "another database is being moved into this one"),
        (("head", "0001"), "foreign", "not a Grantwell database"),
    ],
    ids=str,
)
async def test_a_schema_that_does_not_fit_is_refused(
    migrated: str, stamp: tuple[str, str], state: str, words: str
) -> None:
    async with connected(migrated) as connection:
        await connection.execute("UPDATE schema_version SET version_num = $1, usable_from = $2", *stamp)
    assert (await schema_status(migrated)).state == state
    with pytest.raises(SchemaMismatch, match=words):
        await open_postgresql(migrated)


@pytest.mark.parametrize(
    "tables", ["recipes (name TEXT)", "clients (client_id TEXT)", "schema_version (version_num TEXT)"]
)
async def test_a_database_of_somebody_else_is_refused_and_left_alone(empty: str, tables: str) -> None:
    async with connected(empty) as connection:
        await connection.execute(f"CREATE TABLE {tables}")
    before = await schema_of(empty)
    for attempt in (open_postgresql, upgrade):
        with pytest.raises(CannotOpen):
            await attempt(empty)
    assert await schema_of(empty) == before


async def test_of_two_that_migrate_at_once_neither_fails(empty: str) -> None:
    statuses = await asyncio.gather(upgrade(empty), upgrade(empty), upgrade(empty))
    assert {status.state for status in statuses} == {"current"}
    assert await schema_of(empty) == await schema_of(cluster().migrated())


async def test_a_running_server_goes_on_while_the_next_release_migrates(
    migrated: str, next_release: NextRelease
) -> None:
    backend = await open_postgresql(migrated)
    await populate(backend)
    await backend.apply([advance(0)])
    await next_release.migrate(migrated, EXPANDING)
    # With the connections and statements that it holds, and with new ones.
    await backend.apply([advance(1)])
    assert await an.generation_in(backend) == 2
    await backend.close()
    assert (await schema_status(migrated)).state == "ahead"
    another = await open_postgresql(migrated)
    await another.apply([advance(2)])
    assert await another.client("client-1") == an.client()
    await another.close()


def test_this_releases_statements_work_on_the_next_ones_schema(next_release: NextRelease) -> None:
    url = cluster().empty()
    asyncio.run(upgrade(url))
    asyncio.run(next_release.migrate(url, EXPANDING))

    @settings(max_examples=15, deadline=None)
    @given(steps)
    def anything(sequence: list[list[Change] | Use]) -> None:
        asyncio.run(compare(url, sequence))

    anything()


async def test_what_the_next_release_takes_away_ends_this_one(migrated: str, next_release: NextRelease) -> None:
    await next_release.migrate(migrated, CONTRACTING)
    assert (await schema_status(migrated)).state == "newer"
    with pytest.raises(SchemaMismatch, match="run the newer release"):
        await open_postgresql(migrated)


async def test_a_migration_that_fails_leaves_nothing_behind(migrated: str, next_release: NextRelease) -> None:
    before = await schema_of(migrated)
    with pytest.raises(CannotOpen, match=r'cannot migrate the database: .*"nonsense" does not exist'):
        await next_release.migrate(migrated, FAILING)
    assert await schema_of(migrated) == before
    assert (await schema_status(migrated)).state == "current"


async def test_a_migration_may_take_longer_than_a_statement_of_the_server(
    migrated: str, next_release: NextRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connection, "STATEMENT_SECONDS", 0.1)
    monkeypatch.setattr(postgresql_connection, "COMMAND_SECONDS", 0.2)
    await next_release.migrate(migrated, SLOW)


async def test_a_migration_does_not_wait_for_ever_for_a_table_in_use(
    migrated: str, next_release: NextRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connection, "LOCK_SECONDS", 0.1)
    async with connected(migrated) as connection, connection.transaction():
        await connection.execute("SELECT * FROM clients")
        with pytest.raises(CannotOpen, match="lock timeout"):
            await next_release.migrate(migrated, EXPANDING)
    await next_release.migrate(migrated, EXPANDING)
