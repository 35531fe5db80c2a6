"""The PostgreSQL database that another one is moved into: empty at first, and no server's until all has arrived."""

from typing import Any

import asyncpg

from grantwell.storage.errors import CannotOpen
from grantwell.storage.postgresql_connection import cannot_open, connect, name_of
from grantwell.storage.postgresql_schema import schema_status, upgrade
from grantwell.storage.schema import TABLES, VERSION, VERSION_TABLE
from grantwell.storage.versions import MOVING

UNDER_WAY = f"{MOVING}{VERSION}"


async def prepare(url: str) -> None:
    """Make the tables, and stamp the database as one that is being moved into. Raises CannotOpen if it is in use."""
    status = await schema_status(url)
    if status.state == "moving" and status.found != UNDER_WAY:
        raise CannotOpen("another release has begun this move: drop the database, make it anew, and begin again")
    if status.state != "moving":
        await upgrade(url)
        try:
            connection = await connect(url)
            try:
                await _stamp_empty(connection, url)
            finally:
                await connection.close()
        except Exception as error:
            if failure := cannot_open(url, error):
                raise failure from error
            raise


async def _stamp_empty(connection: "asyncpg.Connection[Any]", url: str) -> None:
    async with connection.transaction():
        for name in (text.split()[2] for text in TABLES):
            if await connection.fetchval(f"SELECT 1 FROM {name} LIMIT 1"):  # noqa: S608 - our own names
                raise CannotOpen(f"the {name_of(url)} is not empty (it has {name}): move into one that nobody uses")
        await _stamp(connection, UNDER_WAY)


async def finish(connection: "asyncpg.Connection[Any]") -> None:
    """Let servers have the database."""
    await _stamp(connection, VERSION)


async def _stamp(connection: "asyncpg.Connection[Any]", version: str) -> None:
    await connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = $1", version)  # noqa: S608 - our own constant
