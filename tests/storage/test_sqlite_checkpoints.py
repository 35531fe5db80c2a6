"""The write-ahead log is brought into the file beside the writer, and begins anew however busy the writer is."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.waiting import until

from grantwell.storage.sqlite_checkpoints import CHANGES, Checkpoints
from grantwell.storage.sqlite_file import connect, use_write_ahead_log

# Each row has a page of its own.
ROW = "x" * 3000
MOST_ROWS = 40 * CHANGES


class Database:
    """A table with a writer that commits a row at a time, and counts each as so many changes."""

    def __init__(self, path: Path, bringing: sqlite3.Connection | None = None) -> None:
        self.path, self.rows = path, 0
        self.writing = connect(path, synchronous="OFF")
        use_write_ahead_log(self.writing)
        self.writing.execute("CREATE TABLE kept (text TEXT)")
        self.bringing = bringing or connect(path, synchronous="OFF")
        self.checkpoints = Checkpoints(self.writing, self.bringing)

    def commit(self, changes: int = 1) -> None:
        self.writing.execute("INSERT INTO kept VALUES (?)", (ROW,))
        self.rows += 1
        self.checkpoints.committed(changes)

    def commit_until(self, holds: Callable[[], bool]) -> None:
        """Go on without a rest; so many rows must do."""
        while not holds():
            self.commit()
            assert self.rows < MOST_ROWS, self.log_pages()

    def in_file(self) -> int:
        """How many rows the file has without its log."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)) as reader:
            try:
                return int(reader.execute("SELECT count(*) FROM kept").fetchone()[0])
            except sqlite3.DatabaseError:  # not yet all of a page's relatives are there
                return 0

    def log_pages(self) -> int:
        return self.path.with_name(self.path.name + "-wal").stat().st_size // 4096

    def close(self) -> None:
        self.checkpoints.stop()
        self.writing.close()
        self.bringing.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "kept.db")
    yield database
    database.close()


async def test_few_changes_stay_in_the_log(database: Database) -> None:
    for _ in range(50):
        database.commit()
    assert database.in_file() == 0


async def test_the_writer_itself_brings_nothing_until_many_have_gathered(database: Database) -> None:
    # SQLite would by now, by itself.
    for _ in range(1_100):
        database.commit(changes=0)
    assert database.in_file() == 0


async def test_many_changes_reach_the_file_though_nobody_commits_any_more(database: Database) -> None:
    database.commit(changes=CHANGES)
    await until(lambda: database.in_file() == database.rows)


async def test_the_log_begins_anew_under_a_writer_that_never_rests(database: Database) -> None:
    database.commit_until(lambda: 3 * CHANGES < database.rows > 2 * database.log_pages())


async def test_a_reader_that_stays_stops_nobody_and_when_it_has_gone_the_log_begins_anew(database: Database) -> None:
    database.commit()
    with contextlib.closing(connect(database.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM kept").fetchone()
        for _ in range(3 * CHANGES):
            database.commit()
        assert database.log_pages() > 3 * CHANGES
    database.commit_until(lambda: database.rows > 2 * database.log_pages())


async def test_a_thread_that_can_bring_nothing_leaves_it_to_the_writer(tmp_path: Path) -> None:
    broken = connect(tmp_path / "kept.db")
    broken.close()
    database = Database(tmp_path / "kept.db", broken)
    with contextlib.closing(database):
        database.commit_until(lambda: 3 * CHANGES < database.rows > 2 * database.log_pages())
