"""Bringing what is in SQLite's write-ahead log to its place in the database file, while others write.

SQLite does it within a commit, whose callers then wait until a thousand pages are on the disk. Here a thread of its own
does it. But the log begins anew only when all of it has been brought, which it never has under a writer that goes on;
so the writer brings what little has come meanwhile, between two commits.
"""

import contextlib
import sqlite3
from queue import SimpleQueue
from threading import Thread

# How many changed rows the log may hold before it is brought.
CHANGES = 1_000
# The thread goes over the log again until so few pages came meanwhile, but not for ever.
FEW_PAGES, MOST_TIMES = 100, 4
# After so many commits the log may go on as it is until the next time: somebody reads on and on.
MOST_COMMITS = 20


class Checkpoints:
    """The thread. It owns `connection`; `writing` is the writer's own, whose commits bring nothing any more."""

    def __init__(self, writing: sqlite3.Connection, connection: sqlite3.Connection) -> None:
        """Start the thread. Raises sqlite3.Error."""
        writing.execute("PRAGMA wal_autocheckpoint = 0")
        self._writing = writing
        self._connection = connection
        self._changes = self._commits = self._pages = 0
        # Between the two threads: the writer sets the first and clears both, the other one sets the second.
        self._begun = self._almost_done = False
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._thread = Thread(target=self._run, name="grantwell-checkpoint", daemon=True)
        self._thread.start()

    def committed(self, changes: int) -> None:
        """The writer has committed so many changed rows, and is between two transactions."""
        self._changes += changes
        if self._almost_done:
            self._finish()
        elif self._changes >= CHANGES and not self._begun:
            self._begun = True
            self._asked.put(True)

    def _finish(self) -> None:
        """Bring the rest at each commit until one begins the log anew: none can while a reader is in it."""
        before, (self._pages, _) = self._pages, bring(self._writing)
        self._commits += 1
        if self._pages < before or self._commits == MOST_COMMITS:
            self._changes = self._commits = 0
            self._begun = self._almost_done = False

    def stop(self) -> None:
        """End the thread and return."""
        self._asked.put(False)
        self._thread.join()

    def _run(self) -> None:
        while self._asked.get():
            brought = 0
            for _ in range(MOST_TIMES):
                before, (_, brought) = brought, bring(self._connection)
                if brought - before < FEW_PAGES:
                    break
            self._almost_done = True


def bring(connection: sqlite3.Connection) -> tuple[int, int]:
    """Bring as much as readers allow; how many pages are in the log, and how many of these are brought by now.

    What cannot be brought stays in the log, which is as good; the next attempt brings it.
    """
    with contextlib.suppress(sqlite3.Error):
        _, pages, brought = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return pages, brought
    return 0, 0
