"""The databases that conversations run on: whatever holds on one holds on all."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.postgresql import cluster

from grantwell.protocol.store import Backend
from grantwell.storage.postgresql import PostgresqlBackend
from grantwell.storage.sqlite import open_sqlite


class Database(NamedTuple):
    """How a data directory's database is opened, and how an installation is copied, database and all."""

    open: Callable[[Path], Backend]
    copy: Callable[[Path, Path], None]


def open_sqlite_file(directory: Path) -> Backend:
    return open_sqlite(directory / "grantwell.db", lock=True)


def copy_directory(origin: Path, target: Path) -> None:
    shutil.copytree(origin, target, dirs_exist_ok=True)


def open_postgresql_database(directory: Path) -> Backend:
    return PostgresqlBackend(cluster().database_for(directory))


def copy_directory_and_tables(origin: Path, target: Path) -> None:
    copy_directory(origin, target)
    cluster().copy(origin, target)


DATABASES = {
    "sqlite": Database(open_sqlite_file, copy_directory),
    "postgresql": Database(open_postgresql_database, copy_directory_and_tables),
}
