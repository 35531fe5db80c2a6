"""One PostgreSQL connection: its deadlines, and how a failure to get one is told."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg

from grantwell.storage.errors import CannotOpen
from grantwell.storage.postgresql_errors import of_read

CONNECT_SECONDS = 5.0
# The server gives up first: then its word says what became of a statement.
STATEMENT_SECONDS = 8.0
COMMAND_SECONDS = 10.0
# For a row that somebody else changes: less than for a statement, so that the two can be told apart.
ROW_SECONDS = 3.0
IDLE_IN_TRANSACTION_SECONDS = 30.0
# Every statement here finds its rows by an index. A plan that reads or joins whole tables is cheaper while they are
# small, and a prepared statement would keep it while they grow; compiling one takes longer than any statement.
PLANS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"}
# A migration may take its time, but must not hold up everybody while it waits for a table that somebody uses.
LOCK_SECONDS = 10.0


async def connect(url: str) -> "asyncpg.Connection[Any]":
    """A connection to serve with: no statement takes for ever."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        # Whoever holds the connection holds its statements; a second cache would only cost.
        statement_cache_size=0,
        server_settings={
            "application_name": "grantwell",
            "statement_timeout": _milliseconds(STATEMENT_SECONDS),
            "lock_timeout": _milliseconds(ROW_SECONDS),
            "idle_in_transaction_session_timeout": _milliseconds(IDLE_IN_TRANSACTION_SECONDS),
            **PLANS,
        },
    )


async def connect_to_migrate(url: str) -> "asyncpg.Connection[Any]":
    """A connection to change tables with, or to move many rows."""
    settings = {"application_name": "grantwell migrate", "lock_timeout": _milliseconds(LOCK_SECONDS)}
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=settings)


def cannot_open(url: str, error: BaseException) -> CannotOpen | None:
    """What a failure to connect is for an operator; None if it is a bug. Never the user or password of the address."""
    if not isinstance(error, asyncpg.PostgresError | ValueError) and of_read(error) is None:
        return None
    return CannotOpen(f"cannot open the {name_of(url)}: {_words(error)}")


def name_of(url: str) -> str:
    """What people call the database at this address, which may hold a password."""
    try:
        parts = urlsplit(url)
        return f"PostgreSQL database {parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
    except ValueError:
        return "PostgreSQL database"


def _words(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"no answer in {CONNECT_SECONDS:.0f} seconds"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    # What cannot be read in an address may be its password.
    return "its address cannot be read"


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
