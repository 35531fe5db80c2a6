"""What a failure of PostgreSQL means: a lost race, an unknown fate, or a database that cannot answer now."""

import asyncpg

from grantwell.protocol.store import Conflict, StorageUnavailable

LOST_RACE = (asyncpg.UniqueViolationError, asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# The connection is gone, or of no more use: a prepared statement that is out of date, a server that was demoted.
# Another connection may do.
USELESS_CONNECTION = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.ReadOnlySQLTransactionError,
)
# Busy, full, starting, too slow: the statement had no effect.
CANNOT_NOW = (
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
)


def is_of_connection(error: BaseException) -> bool:
    """Whether it is the connection that failed, and not the statement."""
    if isinstance(error, asyncpg.InterfaceError):
        # Those that are ValueErrors too are about a value or a setting.
        return not isinstance(error, ValueError)
    return isinstance(error, USELESS_CONNECTION)


def may_ask_again(error: BaseException) -> bool:
    """Whether a read may do better on another connection. One that took too long would take as long again."""
    return is_of_connection(error) and not isinstance(error, TimeoutError)


def of_read(error: BaseException) -> StorageUnavailable | None:
    """What a failed read is for its caller; None if it is a bug, which nobody should hide."""
    if isinstance(error, CANNOT_NOW) or is_of_connection(error):
        return StorageUnavailable(f"the database cannot answer: {type(error).__name__}")
    return None


def of_change(error: BaseException) -> Conflict | StorageUnavailable | None:
    """The same for a change. One whose connection went away may have been made: whoever asked must look again."""
    if isinstance(error, LOST_RACE):
        return Conflict(type(error).__name__)
    if is_of_connection(error) and not isinstance(error, CANNOT_NOW):
        return Conflict(type(error).__name__)
    return of_read(error)
