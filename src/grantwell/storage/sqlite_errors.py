"""What an error of SQLite means for those who wait: a lost race, a faulty statement, or no database for now."""

import sqlite3

from grantwell.protocol.store import StorageUnavailable

_LOST_RACES = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}

# Errors of one statement, which leave the transaction around it as it was. All others (full, I/O, busy, read-only,
# corrupt, ...) are the database's.
_OF_ONE_STATEMENT = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}


def is_lost_race(error: Exception) -> bool:
    """A unique violation."""
    return getattr(error, "sqlite_errorcode", None) in _LOST_RACES


def is_of_one_statement(error: Exception) -> bool:
    """Whether only one statement failed. Errors that Python raised before SQLite saw the statement have no code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF in _OF_ONE_STATEMENT


def unavailable(error: Exception) -> StorageUnavailable:
    """The error that callers get, with SQLite's words and name for it."""
    failure = StorageUnavailable(f"{error} ({getattr(error, 'sqlite_errorname', type(error).__name__)})")
    failure.__cause__ = error
    return failure
