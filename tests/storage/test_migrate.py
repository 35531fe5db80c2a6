"""The schema of a database: made fresh or migrated it is the same, and one that does not fit is refused."""

import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from tests.storage import examples as an
from tests.storage.examples import populate

from grantwell.protocol.changes import AddClient
from grantwell.storage import alembic_upgrade, migrate, versions
from grantwell.storage.changes import steps_of
from grantwell.storage.errors import CannotOpen, SchemaMismatch
from grantwell.storage.schema import CREATE_ALL, TABLES, VERSION
from grantwell.storage.sqlite import SqliteBackend, open_sqlite
from grantwell.storage.versions import SchemaStatus, judge

NEXT = f"{int(VERSION) + 1:04}"


def schema_of(path: Path) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    return [(*names, re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split())) if sql else None) for *names, sql in found]


def run(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(sql)


def an_empty_database(path: Path) -> Path:
    """A file of SQLite's without any table, as a migration from nothing begins with it."""
    run(path, "VACUUM")
    return path


async def test_a_fresh_schema_is_the_migrated_one(sqlite: SqliteBackend, tmp_path: Path) -> None:
    migrated = an_empty_database(tmp_path / "migrated.db")
    assert migrate.upgrade(migrated) == SchemaStatus(VERSION, VERSION, "current")
    assert schema_of(migrated) == schema_of(sqlite.path)


async def test_a_migrated_database_works(tmp_path: Path) -> None:
    path = an_empty_database(tmp_path / "migrated.db")
    migrate.upgrade(path)
    backend = open_sqlite(path, lock=True)
    await populate(backend)
    assert await backend.client("client-1") == an.client()
    await backend.close()


def test_the_newest_migration_is_this_schemas_version() -> None:
    scripts = ScriptDirectory.from_config(alembic_upgrade.configuration())
    assert scripts.get_heads() == [VERSION]
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


async def test_a_fresh_database_is_current_and_upgrading_it_changes_nothing(sqlite: SqliteBackend) -> None:
    before = schema_of(sqlite.path)
    assert migrate.status(sqlite.path) == SchemaStatus(VERSION, VERSION, "current")
    assert migrate.upgrade(sqlite.path).state == "current"
    assert schema_of(sqlite.path) == before
    assert await sqlite.client("client-1") == an.client()


async def test_opening_a_fresh_or_current_database_does_not_load_alembic(tmp_path: Path) -> None:
    program = (
        "import sys, asyncio\n"
        "from grantwell.storage.sqlite import open_sqlite\n"
        "for n in range(2): asyncio.run(open_sqlite(sys.argv[1], lock=True).close())\n"
        "print(sorted({'alembic', 'sqlalchemy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "grantwell.db")]
    assert loaded_by(command) == "[]"


def loaded_by(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.mark.parametrize(
    ("found", "has_tables", "state"),
    [
        (None, False, "empty"),
        (None, True, "foreign"),
        ("0000", True, "older"),
        (VERSION, True, "current"),
        (NEXT, True, "newer"),
        ("9999", True, "newer"),
        ("1", True, "foreign"),
        ("ae10\u0661", True, "foreign"),
        ("\u0660\u0660\u0660\u0661", True, "foreign"),
        ("", True, "foreign"),
    ],
)
def test_versions_are_judged_as_numbers_of_four_digits(found: str | None, has_tables: bool, state: Any) -> None:
    assert judge(found, has_tables) == SchemaStatus(found, VERSION, state)


def stamped(tmp_path: Path, version: str) -> Path:
    path = tmp_path / "grantwell.db"
    run(path, f"CREATE TABLE schema_version (version_num TEXT); INSERT INTO schema_version VALUES ('{version}')")
    run(path, "CREATE TABLE clients (client_id TEXT)")
    return path


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = stamped(tmp_path, "0099")
    before = schema_of(path)
    for lock in (True, False):
        with pytest.raises(SchemaMismatch, match="0099, from a newer release; this one knows up to " + VERSION):
            open_sqlite(path, lock=lock)
    with pytest.raises(SchemaMismatch, match="newer release"):
        migrate.upgrade(path)
    assert schema_of(path) == before


def test_an_older_schema_is_not_for_a_command_beside_a_server(tmp_path: Path) -> None:
    path = stamped(tmp_path, "0000")
    with pytest.raises(SchemaMismatch, match=f"0000, and this release needs {VERSION}: run `grantwell migrate`"):
        open_sqlite(path, lock=False)


NEXT_MIGRATION = f"""
from alembic import op
revision, down_revision = "{NEXT}", "{VERSION}"
def upgrade(): op.execute("ALTER TABLE clients ADD COLUMN note TEXT")
"""


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release whose schema has one more column."""
    migrations = tmp_path / "migrations"
    shutil.copytree(alembic_upgrade.MIGRATIONS, migrations)
    (migrations / "versions" / f"v{NEXT}_notes.py").write_text(NEXT_MIGRATION)
    monkeypatch.setattr(alembic_upgrade, "MIGRATIONS", migrations)
    monkeypatch.setattr(versions, "VERSION", NEXT)


@pytest.mark.usefixtures("next_release")
async def test_a_server_brings_an_older_database_up_to_date_when_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    released_before(path)
    with pytest.raises(SchemaMismatch, match=f"{VERSION}, and this release needs {NEXT}"):
        open_sqlite(path, lock=False)
    backend = open_sqlite(path, lock=True)
    assert migrate.status(path).found == NEXT
    assert backend.write_connection.execute("SELECT client_id, note FROM clients").fetchall() == [("client-1", None)]
    assert await backend.client("client-1") == an.client()
    await backend.close()
    await open_sqlite(path, lock=False).close()


def released_before(path: Path) -> None:
    """What the release before has left: its schema, and a client."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in CREATE_ALL:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version (version_num) VALUES (?)", (VERSION,))
        for step in steps_of([AddClient(an.client())]):
            connection.execute(step.statement.sqlite, step.values)


def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    run(path, "CREATE TABLE recipes (name TEXT)")
    before = schema_of(path)
    with pytest.raises(SchemaMismatch, match="not a Grantwell database"):
        open_sqlite(path, lock=True)
    with pytest.raises(SchemaMismatch, match="not a Grantwell database"):
        migrate.upgrade(path)
    assert schema_of(path) == before


def test_there_is_nothing_to_migrate_where_there_is_no_file(tmp_path: Path) -> None:
    for attempt in (migrate.status, migrate.upgrade):
        with pytest.raises(CannotOpen, match="there is no database at"):
            attempt(tmp_path / "grantwell.db")
    assert not (tmp_path / "grantwell.db").exists()


def test_a_file_that_is_no_database_has_no_status(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked into" * 20)
    with pytest.raises(CannotOpen, match="not a database"):
        migrate.status(tmp_path / "notes.txt")


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from grantwell.storage import sqlite_file

    path = an_empty_database(tmp_path / "grantwell.db")
    connect = sqlite_file.connect

    def almost_full(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute(f"PRAGMA max_page_count = {len(TABLES)}")
        return connection

    monkeypatch.setattr(sqlite_file, "connect", almost_full)
    with pytest.raises(CannotOpen, match=r"cannot migrate the database: .*full"):
        migrate.upgrade(path)
    monkeypatch.undo()
    assert schema_of(path) == []
    assert migrate.upgrade(path).state == "current"


async def test_a_path_with_signs_in_it_can_be_migrated(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1 & 'more'"
    folder.mkdir()
    path = an_empty_database(folder / "grant well.db")
    assert migrate.upgrade(path).state == "current"
    backend = open_sqlite(path, lock=True)
    await populate(backend)
    await backend.backup(folder / "back%up.db")
    await backend.close()
