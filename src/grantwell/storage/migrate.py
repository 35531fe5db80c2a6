"""Bringing an older database up to date, by Alembic; which is imported only then, since it takes long to load."""

import contextlib
import sqlite3
from pathlib import Path

from grantwell.storage import sqlite_file as file
from grantwell.storage.errors import CannotOpen
from grantwell.storage.versions import SchemaStatus, judge, require_current


def status(path: Path) -> SchemaStatus:
    """How a SQLite database's schema compares with this release's. Raises CannotOpen if there is no such file."""
    if not path.is_file():
        raise CannotOpen(f"there is no database at {path}")
    try:
        with contextlib.closing(file.connect(path)) as connection:
            return judge(*file.found_version(connection))
    except sqlite3.Error as error:
        raise CannotOpen(f"cannot open the database {path}: {error}") from error


def upgrade(path: Path) -> SchemaStatus:
    """Make every migration that a SQLite database lacks, in one transaction; an empty one gets them all.

    Raises SchemaMismatch if the schema is newer or not ours, and CannotOpen if a migration fails; then none is made.
    """
    if status(path).state in ("empty", "older"):
        from grantwell.storage.alembic_upgrade import upgrade_sqlite  # noqa: PLC0415 - takes long to load

        upgrade_sqlite(lambda: file.connect(path))
    found = status(path)
    require_current(found)
    return found
