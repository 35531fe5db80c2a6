"""The schema of a PostgreSQL database: which one it has, and bringing it up to date."""

from typing import Any

import asyncpg

from grantwell.storage.errors import CannotOpen
from grantwell.storage.postgresql_connection import cannot_open, connect, connect_to_migrate
from grantwell.storage.schema import VERSION_TABLE
from grantwell.storage.versions import SchemaStatus, judge, require_current

MINIMUM_VERSION = 13


async def schema_status(url: str) -> SchemaStatus:
    """How a PostgreSQL database's schema compares with this release's. Raises CannotOpen."""
    try:
        connection = await connect(url)
        try:
            return await _status(connection)
        finally:
            await connection.close()
    except Exception as error:
        if failure := cannot_open(url, error):
            raise failure from error
        raise


async def _status(connection: "asyncpg.Connection[Any]") -> SchemaStatus:
    major = connection.get_server_version().major
    if major < MINIMUM_VERSION:
        raise CannotOpen(f"Grantwell needs PostgreSQL {MINIMUM_VERSION} or newer, and this is {major}")
    found = await connection.fetch("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()")
    tables = {row["tablename"] for row in found}
    if VERSION_TABLE not in tables:
        return judge(None, bool(tables))
    row = await connection.fetchrow(f"SELECT version_num, usable_from FROM {VERSION_TABLE}")  # noqa: S608 - our constant
    return judge(row["version_num"], True, row["usable_from"]) if row else judge(None, len(tables) > 1)


async def upgrade(url: str) -> SchemaStatus:
    """Make every migration that a PostgreSQL database lacks, in one transaction.

    Raises SchemaMismatch if the schema is newer or not ours, and CannotOpen if a migration fails; then none is made.
    """
    if (await schema_status(url)).state in ("empty", "older"):
        from grantwell.storage.alembic_upgrade import upgrade_postgresql  # noqa: PLC0415 - takes long to load

        try:
            await upgrade_postgresql(lambda: connect_to_migrate(url))
        except CannotOpen:
            # Of two that migrate at once, the second one finds that it has been done.
            if (await schema_status(url)).state != "current":
                raise
    found = await schema_status(url)
    require_current(found)
    return found
