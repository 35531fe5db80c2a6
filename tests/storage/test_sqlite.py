"""The database file: made, locked, shared, closed, copied; and what is said of one that cannot be used."""

import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0, advance, generation_in, populate

from grantwell.protocol.changes import RecordEvent, RevokeAccessToken
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.store import ClientFilter, Conflict, StorageUnavailable
from grantwell.storage.errors import CannotOpen, DatabaseInUse
from grantwell.storage.sqlite import SqliteBackend, open_sqlite
from grantwell.storage.sqlite_file import require_version


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    first = open_sqlite(path, lock=True)
    await populate(first)
    await first.close()
    second = open_sqlite(path, lock=True)
    assert await second.client("client-1") == an.client()
    await second.close()


async def test_a_database_is_its_owners_alone(sqlite: SqliteBackend) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sqlite.path.parent.iterdir()}
    assert modes == dict.fromkeys(["grantwell.db", "grantwell.db-wal", "grantwell.db-shm", "grantwell.db.lock"], 0o600)


async def test_changes_are_durable_when_they_are_answered(sqlite: SqliteBackend) -> None:
    assert sqlite.write_connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert sqlite.write_connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_closed_database_leaves_one_file_and_no_log(sqlite: SqliteBackend) -> None:
    await sqlite.close()
    left = {path.name for path in sqlite.path.parent.iterdir()}
    assert left == {"grantwell.db", "grantwell.db.lock"}


async def test_a_server_that_closes_empties_the_log_though_a_command_has_the_file_open(sqlite: SqliteBackend) -> None:
    command = open_sqlite(sqlite.path, lock=False)
    await command.check()
    await sqlite.close()
    assert sqlite.path.with_name("grantwell.db-wal").stat().st_size == 0
    await command.close()


async def test_closing_finishes_what_is_under_way(tmp_path: Path) -> None:
    backend = open_sqlite(tmp_path / "grantwell.db", lock=True)
    await populate(backend)
    sessions = [an.session(session_id=f"s{n}", session_hash=f"s{n}") for n in range(200)]
    writing = [asyncio.create_task(backend.apply([AddSession(each)])) for each in sessions]
    await asyncio.sleep(0)
    await backend.close()
    await asyncio.gather(*writing)
    again = open_sqlite(tmp_path / "grantwell.db", lock=True)
    assert all([await again.session(each.session_hash) for each in sessions])
    await again.close()


async def test_a_closed_database_says_so_and_may_be_closed_again(sqlite: SqliteBackend) -> None:
    await sqlite.close()
    await sqlite.close()
    with pytest.raises(StorageUnavailable):
        await sqlite.apply([advance(0)])
    with pytest.raises(StorageUnavailable):
        await sqlite.client("client-1")
    with pytest.raises(StorageUnavailable):
        await sqlite.clients("org-1", ClientFilter(), 0, 10)
    with pytest.raises(StorageUnavailable):
        await sqlite.check()


async def test_a_running_database_is_ready(sqlite: SqliteBackend) -> None:
    await sqlite.check()


async def test_a_database_without_its_version_is_not_ready(sqlite: SqliteBackend) -> None:
    sqlite.write_connection.execute("DELETE FROM schema_version")
    with pytest.raises(StorageUnavailable):
        await sqlite.check()


# --- one server, and commands beside it ------------------------------------------------------------------------------


async def test_a_second_server_is_refused_and_told_which_process_holds_the_file(sqlite: SqliteBackend) -> None:
    with pytest.raises(DatabaseInUse, match=rf"process {os.getpid()}\b"):
        open_sqlite(sqlite.path, lock=True)
    await sqlite.check()


async def test_the_lock_ends_with_the_server(sqlite: SqliteBackend) -> None:
    await sqlite.close()
    again = open_sqlite(sqlite.path, lock=True)
    await again.close()


async def test_a_lock_file_that_was_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "grantwell.db.lock").write_text("1\n")
    backend = open_sqlite(tmp_path / "grantwell.db", lock=True)
    assert (tmp_path / "grantwell.db.lock").read_text() == f"{os.getpid()}\n"
    await backend.close()


async def test_a_failed_start_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(CannotOpen):
        open_sqlite(path, lock=True)
    path.unlink()
    backend = open_sqlite(path, lock=True)
    await backend.close()


async def test_a_command_writes_beside_a_server_and_each_sees_the_other(sqlite: SqliteBackend) -> None:
    command = open_sqlite(sqlite.path, lock=False)
    await command.apply([advance(0)])
    assert await generation_in(sqlite) == 1
    await sqlite.apply([advance(1)])
    assert await generation_in(command) == 2
    with pytest.raises(Conflict):
        await command.apply([advance(0)])
    await command.close()
    await sqlite.apply([advance(2)])


async def test_server_and_command_write_at_once_and_lose_nothing(sqlite: SqliteBackend) -> None:
    command = open_sqlite(sqlite.path, lock=False)
    names = [f"jti-{n}" for n in range(200)]
    await asyncio.gather(
        *((sqlite, command)[n % 2].apply([RevokeAccessToken(name, T0)]) for n, name in enumerate(names))
    )
    assert all([(await sqlite.token("", "", "", "", name)).revoked_jti for name in names])
    await command.close()


async def test_two_commands_may_make_the_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    made = await asyncio.gather(*(asyncio.to_thread(open_sqlite, path, lock=False) for _ in range(8)))
    await populate(made[0])
    for backend in made:
        assert await backend.client("client-1") == an.client()
        await backend.close()


OPEN = """
import os, sys
from grantwell.storage.sqlite import open_sqlite
from grantwell.storage.errors import CannotOpen
if os.geteuid() == 0 and sys.argv[3] == "as anybody":
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    open_sqlite(sys.argv[1], lock=sys.argv[2] == "True")
except CannotOpen as error:
    sys.exit(str(error))
"""


def open_elsewhere(path: Path, *, lock: bool, who: str = "") -> str:
    """What another process says of a database that it cannot open."""
    command = [sys.executable, "-c", OPEN, str(path), str(lock), who]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    return run.stderr.strip()


async def test_another_process_is_refused_too(sqlite: SqliteBackend) -> None:
    said = open_elsewhere(sqlite.path, lock=True)
    assert said == f"another server (process {os.getpid()}) is using {sqlite.path}: only one may use a file"


# --- what cannot be opened -------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked into" * 20)
    with pytest.raises(CannotOpen, match=r"notes\.txt.*not a database"):
        open_sqlite(path, lock=True)
    assert path.read_text().startswith("not a database")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for lock in (True, False):
        with pytest.raises(CannotOpen, match="nowhere"):
            open_sqlite(tmp_path / "nowhere" / "grantwell.db", lock=lock)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="cannot open"):
        open_sqlite(tmp_path, lock=False)


def test_an_old_sqlite_is_refused_by_its_version() -> None:
    with pytest.raises(CannotOpen, match=r"needs SQLite 3\.35 or newer, and this Python has 3\.34\.1"):
        require_version((3, 34, 1))
    require_version((3, 35, 0))


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A database that anybody may read and nobody but the superuser may write, in a folder like it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "grantwell.db"
        asyncio.run(open_sqlite(path, lock=True).close())
        path.with_name("grantwell.db.lock").chmod(0o666)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        yield path
        path.parent.chmod(0o755)


@pytest.mark.parametrize("lock", [True, False])
def test_a_file_that_may_only_be_read_is_refused_at_the_start(read_only: Path, lock: bool) -> None:
    said = open_elsewhere(read_only, lock=lock, who="as anybody")
    assert said == f"cannot open the database {read_only}: attempt to write a readonly database"


async def test_a_damaged_file_is_unavailable_to_readers(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    backend = open_sqlite(path, lock=True)
    await populate(backend)
    (page,) = backend.write_connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_clients_1'"
    ).fetchone()
    await backend.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    backend = open_sqlite(path, lock=True)
    with pytest.raises(StorageUnavailable, match="malformed"):
        await backend.client("client-1")
    with pytest.raises(StorageUnavailable, match="malformed"):
        await backend.apply([RecordEvent(an.event(event_id="event-2")), *an.WORLD[3:4]])
    await backend.close()


async def test_a_faulty_look_up_is_not_called_an_outage(sqlite: SqliteBackend) -> None:
    sqlite.write_connection.execute("DROP TABLE revoked_tokens")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await sqlite.token("", "", "", "", "")


# --- in memory -------------------------------------------------------------------------------------------------------


async def test_a_database_in_memory_is_new_each_time_and_leaves_nothing(tmp_path: Path) -> None:
    first, second = open_sqlite(":memory:", lock=True), open_sqlite(":memory:", lock=True)
    await populate(first)
    assert await second.is_empty()
    places = [first.path.parent, second.path.parent]
    assert all(place.is_dir() for place in places)
    await first.close()
    await second.close()
    assert not any(place.exists() for place in places)


# --- backup ----------------------------------------------------------------------------------------------------------


async def test_a_backup_is_a_whole_database_of_its_own(sqlite: SqliteBackend, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "backup.db"
    copy.parent.mkdir()
    await sqlite.backup(copy)
    await sqlite.apply([advance(0)])
    assert {path.name for path in copy.parent.iterdir()} == {"backup.db"}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = open_sqlite(copy, lock=True)
    assert await restored.client("client-1") == an.client()
    assert await generation_in(restored) == 0
    await restored.apply([advance(0)])
    await restored.close()


async def test_a_backup_taken_while_others_write_is_one_moment(sqlite: SqliteBackend, tmp_path: Path) -> None:
    stop = asyncio.Event()

    async def write() -> int:
        n = 0
        while not stop.is_set():
            pair = [RecordEvent(an.event(event_id=f"{kind}-{n}")) for kind in ("left", "right")]
            await sqlite.apply(pair)
            n += 1
        return n

    writing = asyncio.create_task(write())
    for n in range(5):
        await sqlite.backup(tmp_path / f"backup-{n}.db")
    stop.set()
    assert await writing > 0
    for n in range(5):
        with contextlib.closing(sqlite3.connect(tmp_path / f"backup-{n}.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            ids = {name for (name,) in copy.execute("SELECT event_id FROM audit_events WHERE event_id <> 'event-1'")}
        assert {name.replace("left", "right") for name in ids} == {name for name in ids if "right" in name}


async def test_a_backup_replaces_an_older_one_only_when_it_is_whole(sqlite: SqliteBackend, tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    copy.write_text("older")
    (tmp_path / "backup.db.partial").mkdir()
    with pytest.raises(OSError, match="partial"):
        await sqlite.backup(copy)
    assert copy.read_text() == "older"
    (tmp_path / "backup.db.partial").rmdir()
    await sqlite.backup(copy)
    assert copy.read_bytes().startswith(b"SQLite format 3")


async def test_a_backup_into_nowhere_says_so(sqlite: SqliteBackend, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        await sqlite.backup(tmp_path / "nowhere" / "backup.db")
