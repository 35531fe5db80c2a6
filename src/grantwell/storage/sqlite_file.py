"""A SQLite database as a file: its connections, its lock, its schema."""

import contextlib
import fcntl
import os
import sqlite3
from pathlib import Path

from grantwell.storage.errors import CannotOpen, DatabaseInUse
from grantwell.storage.schema import CREATE_ALL, VERSION, VERSION_TABLE

MINIMUM_VERSION = (3, 35)  # where RETURNING and DROP COLUMN came

# How long a statement waits for another process: the loop's own connection only briefly, since all wait with it.
BUSY_SECONDS = 10.0
LOOP_BUSY_MILLISECONDS = 1000

# Enough for the upper pages of tables with millions of rows, which are on the way to every row; only used as needed.
CACHE_KIB = 4 * 1024

# Bounds the log that is left after a burst of writes.
JOURNAL_BYTES = 64 * 1024 * 1024


def require_version(found: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Raise CannotOpen if the SQLite library is too old."""
    if found < MINIMUM_VERSION:
        needed, has = (".".join(map(str, version)) for version in (MINIMUM_VERSION, found))
        raise CannotOpen(f"Grantwell needs SQLite {needed} or newer, and this Python has {has}")


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any one thread at a time. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers and the writer then don't wait for each other. Raises CannotOpen where the file system can't do it."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise CannotOpen(f"the database cannot use a write-ahead log (its journal mode stays {mode})")


def make_private(path: Path) -> None:
    """Create the file, if it is not there, for its owner alone; SQLite gives its other files the same mode."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def lock(path: Path) -> int:
    """Lock the database for one server, until the descriptor is closed or the process ends, however it ends.

    Raises DatabaseInUse, naming the process that holds the lock.
    """
    place = path.with_name(path.name + ".lock")
    descriptor = os.open(place, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise DatabaseInUse(f"another server (process {holder}) is using {path}: only one may use a file") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def found_version(connection: sqlite3.Connection) -> tuple[str | None, bool]:
    """The version that the database is stamped with, and whether it has any tables."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if VERSION_TABLE not in tables:
        return None, bool(tables)
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own constant
    return (row[0] if row else None), len(tables) > 1


def create_schema(connection: sqlite3.Connection) -> None:
    """Make all tables and stamp them, unless another process has done so in the meantime."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if found_version(connection) == (None, False):
            for statement in CREATE_ALL:
                connection.execute(statement)
            connection.execute(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (?)", (VERSION,))  # noqa: S608 - as above
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
