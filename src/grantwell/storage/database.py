"""The one door to a database: an embedded SQLite file, or PostgreSQL by its URL."""

from pathlib import Path
from typing import Protocol

from grantwell.protocol.store import Backend
from grantwell.storage import migrate
from grantwell.storage.sqlite import open_sqlite
from grantwell.storage.versions import SchemaStatus


class Place(Protocol):
    """Where a database is, as the settings know it."""

    @property
    def data_dir(self) -> Path:
        """Where an embedded installation lives."""

    @property
    def sqlite_path(self) -> str | None:
        """The database's file; None where it is PostgreSQL."""

    @property
    def database_url(self) -> str | None:
        """The address of a PostgreSQL database."""

    @property
    def database_connections(self) -> int:
        """How many connections to it one process may hold."""


def data_dir_of(place: Place) -> Path:
    """The data directory, made for its owner only if it is not there."""
    place.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place.data_dir


async def open_database(place: Place, *, lock: bool) -> Backend:
    """Open the database. `lock` says that this is the one server on a SQLite file. Raises CannotOpen."""
    if place.sqlite_path is None:
        from grantwell.storage.postgresql import open_postgresql  # noqa: PLC0415 - an embedded start does without

        return await open_postgresql(place.database_url or "", place.database_connections)
    data_dir_of(place)
    return open_sqlite(place.sqlite_path, lock=lock)


def name_of(place: Place) -> str:
    """What people call the database: its file, or its address without what may be secret in it."""
    if place.sqlite_path is not None:
        return place.sqlite_path
    from grantwell.storage import postgresql_connection  # noqa: PLC0415 - as above

    return postgresql_connection.name_of(place.database_url or "")


async def status_of(place: Place) -> SchemaStatus:
    """How the database's schema compares with this release's. Raises CannotOpen."""
    if place.sqlite_path is not None:
        return migrate.status(Path(place.sqlite_path))
    from grantwell.storage.postgresql_schema import schema_status  # noqa: PLC0415 - as above

    return await schema_status(place.database_url or "")


async def upgrade(place: Place) -> None:
    """Make every migration that the database lacks. Raises CannotOpen; a SQLite file must not be in use by a server."""
    if place.sqlite_path is not None:
        # Whoever opens a file to serve it brings it up to date.
        await open_sqlite(place.sqlite_path, lock=True).close()
        return
    from grantwell.storage import postgresql_schema  # noqa: PLC0415 - as above

    await postgresql_schema.upgrade(place.database_url or "")
