"""What PostgreSQL's failures mean, as a list."""

import asyncpg
import pytest

from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage.postgresql_errors import may_ask_again, of_change, of_read

AGAIN, UNAVAILABLE, CONFLICT, BUG = "again", StorageUnavailable, Conflict, type(None)

# The error; what a read does with it; what it is for who asked to read; what it is for who asked for a change.
MEANINGS = [
    (ConnectionResetError(), AGAIN, UNAVAILABLE, CONFLICT),
    (BrokenPipeError(), AGAIN, UNAVAILABLE, CONFLICT),
    (TimeoutError(), None, UNAVAILABLE, CONFLICT),
    (asyncpg.ConnectionDoesNotExistError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.ConnectionFailureError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.InterfaceError("connection is closed"), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.InternalClientError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.AdminShutdownError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.CrashShutdownError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.IdleInTransactionSessionTimeoutError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.InvalidCachedStatementError(), AGAIN, UNAVAILABLE, CONFLICT),
    (asyncpg.ReadOnlySQLTransactionError(), AGAIN, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.UniqueViolationError(), None, BUG, CONFLICT),
    (asyncpg.SerializationError(), None, BUG, CONFLICT),
    (asyncpg.DeadlockDetectedError(), None, BUG, CONFLICT),
    (asyncpg.CannotConnectNowError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.TooManyConnectionsError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.DiskFullError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.OutOfMemoryError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.QueryCanceledError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.LockNotAvailableError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.InvalidPasswordError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.InvalidCatalogNameError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.PostgresIOError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.DataCorruptedError(), None, UNAVAILABLE, UNAVAILABLE),
    (asyncpg.DataError(), None, BUG, BUG),
    (asyncpg.NotNullViolationError(), None, BUG, BUG),
    (asyncpg.UndefinedTableError(), None, BUG, BUG),
    (asyncpg.UndefinedColumnError(), None, BUG, BUG),
    (asyncpg.PostgresSyntaxError(), None, BUG, BUG),
    (asyncpg.ClientConfigurationError("no such setting"), None, BUG, BUG),
    (ValueError(), None, BUG, BUG),
]


@pytest.mark.parametrize(("error", "then", "read", "change"), MEANINGS, ids=lambda each: type(each).__name__)
def test_a_failure_means(error: Exception, then: str | None, read: type, change: type) -> None:
    assert may_ask_again(error) is (then == AGAIN)
    assert type(of_read(error)) is read
    assert type(of_change(error)) is change


def test_no_meaning_tells_what_the_error_said() -> None:
    """A text of PostgreSQL's may repeat the values of a row."""
    told = asyncpg.UniqueViolationError("Key (key_hash)=(5e884898da) already exists.")
    assert str(of_change(told)) == "UniqueViolationError"
