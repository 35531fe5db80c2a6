"""A copy of a database in use."""

import contextlib
import os
import sqlite3
from pathlib import Path

from grantwell.storage.sqlite_errors import unavailable


def back_up(source: sqlite3.Connection, path: Path) -> None:
    """Copy one consistent moment to `path`, whole or not at all, readable by its owner alone; replaces what is there.

    Writers are not held up. Raises StorageUnavailable if the database cannot be read, OSError if `path` cannot be
    written.
    """
    partial = partial_of(path)
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        _copy(source, partial)
        partial.replace(path)
        _sync_directory(path.parent)
    except sqlite3.Error as error:
        raise unavailable(error) from error
    finally:
        partial.unlink(missing_ok=True)


def partial_of(path: Path) -> Path:
    """Where a copy is made, until it is whole; what is there is lost."""
    return path.with_name(path.name + ".partial")


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)
        # One file, whatever is done with it.
        target.execute("PRAGMA journal_mode = DELETE")


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
