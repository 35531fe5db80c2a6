"""What the event loop reads by itself, without a thread between."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from grantwell.storage import sqlite_file as file
from grantwell.storage.rows import Row
from grantwell.storage.sqlite_errors import is_of_one_statement, unavailable
from grantwell.storage.statement import Statement


class LoopReader:
    """The loop's own connection. What one turn of the loop reads is of one moment, in one transaction.

    To begin and end one costs as much as to find a row, and requests come many at a time. Nobody is shown what is
    stale: a turn's requests were all here before it began, and whoever hears of a later commit hears it after its end.
    """

    def __init__(self, path: Path) -> None:
        """Connect. Raises sqlite3.Error."""
        self._connection = file.connect_to_read(path)
        self._connection.execute(f"PRAGMA busy_timeout = {file.LOOP_BUSY_MILLISECONDS}")

    def fetch(self, statement: Statement, values: tuple[Any, ...]) -> list[Row]:
        """All rows. Raises as `fetch` does."""
        try:
            if not self._connection.in_transaction:
                # The end is arranged before the first look fixes the moment: no news of a later one comes before it.
                asyncio.get_running_loop().call_soon(self.end)
                self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise unavailable(error) from error
        return fetch(self._connection, statement, values)

    def end(self) -> None:
        """Let go of the moment. To roll back changes nothing here and, unlike a commit, always ends it."""
        # It may be closed by now.
        with contextlib.suppress(sqlite3.ProgrammingError):
            self._connection.rollback()

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()


def fetch(connection: sqlite3.Connection, statement: Statement, values: tuple[Any, ...]) -> list[Row]:
    """All rows. Raises StorageUnavailable, and sqlite3.Error for what is wrong with one statement's values."""
    try:
        return connection.execute(statement.sqlite, values).fetchall()
    except sqlite3.Error as error:
        if is_of_one_statement(error) and not isinstance(error, sqlite3.ProgrammingError):
            raise
        raise unavailable(error) from error
