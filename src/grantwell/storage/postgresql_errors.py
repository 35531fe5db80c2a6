"""What a failure of PostgreSQL means: a lost race, an unknown fate, or a database that cannot answer now."""

import asyncpg

from grantwell.protocol.store import Conflict, StorageUnavailable

# The connection is gone or useless; another one may do.
LOST_CONNECTION = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InvalidCachedStatementError,
)
LOST_RACE = (asyncpg.UniqueViolationError, asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# Busy, full, starting, read-only, too slow: the statement had no effect.
CANNOT_NOW = (
    TimeoutError,
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


def of_read(error: BaseException) -> StorageUnavailable | None:
    """What a failed read is for its caller; None if it is a bug, which nobody should hide."""
    if isinstance(error, (*LOST_CONNECTION, *CANNOT_NOW)):
        return StorageUnavailable(f"the database cannot answer: {type(error).__name__}")
    return None


def of_change(error: BaseException) -> Conflict | StorageUnavailable | None:
    """The same for a change. One whose connection went away may have been made: whoever asked must look again."""
    if isinstance(error, (*LOST_RACE, *LOST_CONNECTION)):
        return Conflict(type(error).__name__)
    return of_read(error)
