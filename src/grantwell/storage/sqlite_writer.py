"""One thread that writes: whatever waits is made in one SQLite transaction, so that many callers share one fsync.

Every caller is answered after COMMIT, losers too: a loser that was told earlier would load the state that the winner
has not yet committed, and lose again.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import NamedTuple, TypeAlias

from grantwell.protocol.figures import WriterFigures
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage.changes import Step
from grantwell.storage.sqlite_errors import is_lost_race, is_of_one_statement, unavailable

# How many rows were touched, or why none was.
Result: TypeAlias = int | Exception

# A group is bounded, so that nobody waits for an endless one; so is what may wait, so that a hung disk is noticed.
LARGEST_GROUP = 500
MOST_WAITING = 5_000


class Job(NamedTuple):
    """The steps of one caller, and where the answer goes."""

    steps: Sequence[Step]
    answer: asyncio.Future[int]


class Writer:
    """The thread, with the queue before it. It owns `connection`; its callers live on one event loop."""

    def __init__(self, connection: sqlite3.Connection, committed: Callable[[int], None]) -> None:
        """Start the thread. After each commit it calls `committed` with the number of rows that were touched."""
        self._connection = connection
        self._committed = committed
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        # Of this turn of the loop.
        self._gathered: list[Job] = []
        self._stopped = False
        self._group_sizes: dict[int, int] = {}
        self._busy_seconds = 0.0
        self._thread = Thread(target=self._run, name="grantwell-writer", daemon=True)
        self._thread.start()

    def submit(self, steps: Sequence[Step]) -> asyncio.Future[int]:
        """Have the steps made in one transaction. The future says how many rows they touched.

        It raises Conflict or StorageUnavailable.
        """
        self.require_running()
        if self._waiting.qsize() + len(self._gathered) >= MOST_WAITING:
            raise StorageUnavailable("too many changes are waiting for the database")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[int] = loop.create_future()
        if not self._gathered:
            loop.call_soon(self._hand_over)
        self._gathered.append(Job(steps, answer))
        return answer

    def _hand_over(self) -> None:
        """Wake the thread once for a turn of the loop: it would begin with the first, and stand in the others' way."""
        gathered, self._gathered = self._gathered, []
        for job in gathered:
            self._waiting.put(job)

    def require_running(self) -> None:
        """Raise StorageUnavailable after the end."""
        if self._stopped or not self._thread.is_alive():
            raise StorageUnavailable("the database is closed")

    def figures(self) -> WriterFigures:
        """How much waits, and what was done."""
        return WriterFigures(self._waiting.qsize() + len(self._gathered), self._group_sizes.copy(), self._busy_seconds)

    def stop(self) -> None:
        """Make what is waiting, then end the thread and return."""
        self._stopped = True
        self._hand_over()
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._next_group()
            if group:
                began = perf_counter()
                results = make_group(self._connection, [job.steps for job in group])
                # Before the answer: whoever is told reads on, and a log that is being read does not begin anew.
                self._committed(sum(each for each in results if isinstance(each, int)))
                self._group_sizes[len(group)] = self._group_sizes.get(len(group), 0) + 1
                self._busy_seconds += perf_counter() - began
                _answer(group, results)

    def _next_group(self) -> tuple[list[Job], bool]:
        """All that is waiting, at least one; and whether it is the last."""
        found = [self._waiting.get()]
        found += [self._waiting.get_nowait() for _ in range(min(self._waiting.qsize(), LARGEST_GROUP))]
        return [job for job in found if job is not None], None in found


def make_group(connection: sqlite3.Connection, group: Sequence[Sequence[Step]]) -> list[Result]:
    """Make each caller's steps, all or none of them, in one transaction; what became of each, in order."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        results = [_make(connection, steps) for steps in group]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
        _roll_back(connection)
        return [unavailable(error) for _ in group]
    return results


def _make(connection: sqlite3.Connection, steps: Sequence[Step]) -> Result:
    # A single statement undoes itself where it fails, and one without effect has nothing to undo.
    if len(steps) == 1:
        return _attempt(connection, steps)
    connection.execute("SAVEPOINT job")
    result = _attempt(connection, steps)
    if isinstance(result, Exception):
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
    return result


def _attempt(connection: sqlite3.Connection, steps: Sequence[Step]) -> Result:
    """Run the steps. Raises where the whole transaction is lost: a full disk, an I/O error."""
    touched = 0
    try:
        for statement, values, guarded in steps:
            rows = connection.execute(statement.sqlite, values).rowcount
            if rows == 0 and guarded:
                return Conflict(statement.name)
            touched += rows
    except (sqlite3.Error, ValueError, OverflowError) as error:
        if not connection.in_transaction or not is_of_one_statement(error):
            raise
        return Conflict(str(error)) if is_lost_race(error) else error
    return touched


def _roll_back(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _answer(group: Sequence[Job], results: Sequence[Result]) -> None:
    # The loop is gone if its callers went away without waiting.
    with contextlib.suppress(RuntimeError):
        group[0].answer.get_loop().call_soon_threadsafe(_settle, group, results)


def _settle(group: Sequence[Job], results: Sequence[Result]) -> None:
    for (_, answer), result in zip(group, results, strict=True):
        if answer.done():  # whoever waited was cancelled
            continue
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)
