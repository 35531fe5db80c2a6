"""Running Alembic. Loading it takes long (0.4 s), so only who migrates imports this."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from grantwell.storage.errors import CannotOpen
from grantwell.storage.schema import CREATE_VERSION_TABLE

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Where the migrations are; a percent sign in the path is no interpolation."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate(connection: Connection) -> None:
    config = configuration()
    connection.exec_driver_sql(CREATE_VERSION_TABLE)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def upgrade_postgresql(connect: Callable[[], Awaitable[Any]]) -> None:
    """Make the migrations that are missing, in one transaction. Raises CannotOpen, and then none is made."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    except SQLAlchemyError as error:
        raise CannotOpen(f"cannot migrate the database: {error}") from error
    finally:
        await engine.dispose()


def upgrade_sqlite(connect: Callable[[], sqlite3.Connection]) -> None:
    """Make the migrations that are missing, in one transaction. Raises CannotOpen, and then none is made."""
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            # The driver would begin no transaction for DDL by itself.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _migrate(connection)
            connection.exec_driver_sql("COMMIT")
    except SQLAlchemyError as error:
        raise CannotOpen(f"cannot migrate the database: {error}") from error
    finally:
        engine.dispose()
