"""Putting a backup in a SQLite database's place."""

import contextlib
import os
import sqlite3
from pathlib import Path

from grantwell.protocol.records import SigningKeyRow
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage import rows
from grantwell.storage import sqlite_file as file
from grantwell.storage.errors import CannotOpen
from grantwell.storage.sqlite_backup import back_up
from grantwell.storage.statements import accounts
from grantwell.storage.versions import judge, require_current


def signing_keys_of(backup: Path) -> list[SigningKeyRow]:
    """The signing keys in a backup, which is looked through for damage. Raises CannotOpen for one that is of no use."""
    try:
        with contextlib.closing(_connect(backup)) as connection:
            _require_whole(backup, connection)
            return [rows.SIGNING_KEY.read(row) for row in connection.execute(accounts.SIGNING_KEYS.sqlite)]
    except sqlite3.Error as error:
        raise CannotOpen(f"{backup} is not a backup that can be restored: {error}") from error


def _connect(backup: Path) -> sqlite3.Connection:
    """Nothing is written beside it, nor made where there is none."""
    return sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)


def _require_whole(backup: Path, connection: sqlite3.Connection) -> None:
    found = [line for (line,) in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise CannotOpen(f"{backup} is damaged: {found[0]}")
    status = judge(*file.found_version(connection))
    # An older one is brought up to date by the server that starts on it.
    if status.state != "older":
        require_current(status)


def restore(backup: Path, path: Path, keep_as: Path) -> bool:
    """Put a backup in the place of the database at `path`, and keep that, if there is one, as `keep_as`.

    At every moment one of the two is there, whole. Says whether there was one. Raises DatabaseInUse while a server is
    using it, CannotOpen if one of them cannot be read, and OSError if nothing can be written.
    """
    descriptor = file.lock(path)
    try:
        restored = path.with_name(path.name + ".restored")
        with contextlib.closing(_connect(backup)) as connection:
            back_up(connection, restored)
        kept = _keep(path, keep_as)
        restored.replace(path)
        return kept
    except (sqlite3.Error, StorageUnavailable) as error:
        raise CannotOpen(f"{backup} could not be restored: {error}") from error
    finally:
        os.close(descriptor)


def _keep(path: Path, keep_as: Path) -> bool:
    if not path.exists():
        return False
    with contextlib.closing(file.connect(path)) as connection:
        # All of it in one file: what lies beside it would be read as a part of the one that takes its place.
        connection.execute("PRAGMA journal_mode = DELETE")
    keep_as.hardlink_to(path)
    return True
