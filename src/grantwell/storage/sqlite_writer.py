"""One thread that writes: whatever waits is made in one SQLite transaction, so that many callers share one fsync.

Every caller is answered after COMMIT, losers too: a loser that was told earlier would load the state that the winner
has not yet committed, and lose again.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeAlias

from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage.changes import Step
from grantwell.storage.sqlite_errors import is_lost_race, is_of_one_statement, unavailable

Failure: TypeAlias = Exception | None

# A group is bounded, so that nobody waits for an endless one; so is what may wait, so that a hung disk is noticed.
LARGEST_GROUP = 500
MOST_WAITING = 5_000


class Job(NamedTuple):
    """The steps of one caller, and where the answer goes."""

    steps: Sequence[Step]
    answer: asyncio.Future[None]


class Writer:
    """The thread, with the queue before it. It owns `connection`; its callers live on one event loop."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Start the thread."""
        self._connection = connection
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._stopped = False
        self._thread = Thread(target=self._run, name="grantwell-writer", daemon=True)
        self._thread.start()

    def submit(self, steps: Sequence[Step]) -> asyncio.Future[None]:
        """Have the steps made in one transaction. The future raises Conflict or StorageUnavailable."""
        self.require_running()
        if self._waiting.qsize() >= MOST_WAITING:
            raise StorageUnavailable("too many changes are waiting for the database")
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put(Job(steps, answer))
        return answer

    def require_running(self) -> None:
        """Raise StorageUnavailable after the end."""
        if self._stopped or not self._thread.is_alive():
            raise StorageUnavailable("the database is closed")

    def stop(self) -> None:
        """Make what is waiting, then end the thread and return."""
        self._stopped = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._next_group()
            if group:
                _answer(group, make_group(self._connection, [job.steps for job in group]))

    def _next_group(self) -> tuple[list[Job], bool]:
        """All that is waiting, at least one; and whether it is the last."""
        found = [self._waiting.get()]
        found += [self._waiting.get_nowait() for _ in range(min(self._waiting.qsize(), LARGEST_GROUP))]
        return [job for job in found if job is not None], None in found


def make_group(connection: sqlite3.Connection, group: Sequence[Sequence[Step]]) -> list[Failure]:
    """Make each caller's steps, all or none of them, in one transaction; what became of each, in order."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        failures = [_make(connection, steps) for steps in group]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
        _roll_back(connection)
        return [unavailable(error) for _ in group]
    return failures


def _make(connection: sqlite3.Connection, steps: Sequence[Step]) -> Failure:
    # A single statement undoes itself where it fails, and one without effect has nothing to undo.
    if len(steps) == 1:
        return _attempt(connection, steps)
    connection.execute("SAVEPOINT job")
    failure = _attempt(connection, steps)
    if failure:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
    return failure


def _attempt(connection: sqlite3.Connection, steps: Sequence[Step]) -> Failure:
    """Run the steps. Raises where the whole transaction is lost: a full disk, an I/O error."""
    try:
        for statement, values, guarded in steps:
            if connection.execute(statement.sqlite, values).rowcount == 0 and guarded:
                return Conflict(statement.name)
    except (sqlite3.Error, ValueError, OverflowError) as error:
        if not connection.in_transaction or not is_of_one_statement(error):
            raise
        return Conflict(str(error)) if is_lost_race(error) else error
    return None


def _roll_back(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _answer(group: Sequence[Job], failures: Sequence[Failure]) -> None:
    # The loop is gone if its callers went away without waiting.
    with contextlib.suppress(RuntimeError):
        group[0].answer.get_loop().call_soon_threadsafe(_settle, group, failures)


def _settle(group: Sequence[Job], failures: Sequence[Failure]) -> None:
    for (_, answer), failure in zip(group, failures, strict=True):
        if answer.done():  # whoever waited was cancelled
            continue
        if failure is None:
            answer.set_result(None)
        else:
            answer.set_exception(failure)
