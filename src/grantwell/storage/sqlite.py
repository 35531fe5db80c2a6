"""The SQLite driver: point reads on the event loop's own connection, lists beside it, one thread that writes."""

import asyncio
import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from grantwell.protocol.figures import WriterFigures
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage import sqlite_file as file
from grantwell.storage.backend import SqlBackend
from grantwell.storage.changes import Step
from grantwell.storage.errors import CannotOpen
from grantwell.storage.migrate import upgrade
from grantwell.storage.rows import Row
from grantwell.storage.sqlite_backup import back_up
from grantwell.storage.sqlite_checkpoints import Checkpoints
from grantwell.storage.sqlite_reader import LoopReader, fetch
from grantwell.storage.sqlite_writer import Writer
from grantwell.storage.statement import Statement
from grantwell.storage.versions import judge, require_current

Result = TypeVar("Result")

IN_MEMORY = ":memory:"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only a private directory is made in it


def open_sqlite(path: str | Path, *, lock: bool) -> "SqliteBackend":
    """Open a database file, or make it; `:memory:` is a new and empty one that nobody keeps.

    With `lock` this process is the file's one server, and brings an older schema up to date; without, it works beside
    a server. Raises CannotOpen: the file is in use, too new, not ours, cannot be written, ...
    """
    file.require_version()
    with ExitStack() as held:
        place = _memory(held) if path == IN_MEMORY else Path(path)
        try:
            if lock:
                held.callback(os.close, file.lock(place))
            with _prepared(place, may_upgrade=lock):
                backend = SqliteBackend(place, "OFF" if path == IN_MEMORY else "FULL")
        except (sqlite3.Error, OSError) as error:
            raise CannotOpen(f"cannot open the database {place}: {error}") from error
        backend.release = held.pop_all().close
        return backend


def _memory(held: ExitStack) -> Path:
    directory = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    return Path(held.enter_context(tempfile.TemporaryDirectory(prefix="grantwell-", dir=directory))) / "grantwell.db"


@contextlib.contextmanager
def _prepared(path: Path, *, may_upgrade: bool) -> Iterator[None]:
    """Make the schema, or see that it fits; and hold the file open, for its last user locks it while tidying up."""
    file.make_private(path)
    with contextlib.closing(file.connect(path)) as connection:
        file.use_write_ahead_log(connection)
        status = judge(*file.found_version(connection))
        if status.state == "empty":
            file.create_schema(connection)
            status = judge(*file.found_version(connection))
        if status.state == "older" and may_upgrade:
            status = upgrade(path)
        require_current(status)
        yield


class SqliteBackend(SqlBackend):
    """A `Backend` on one database file. Its callers live on one event loop."""

    reads_at_once = True

    def __init__(self, path: Path, synchronous: str) -> None:
        """Connect to a file whose schema is there. Raises sqlite3.Error."""
        self.path = path
        self.release: Callable[[], None] = lambda: None
        self._closed = False
        with ExitStack() as opened:
            self._reader = opened.enter_context(contextlib.closing(LoopReader(path)))
            self._scan_connection = opened.enter_context(contextlib.closing(file.connect_to_read(path)))
            self.write_connection = opened.enter_context(
                contextlib.closing(file.connect(path, synchronous=synchronous))
            )
            bringing = opened.enter_context(contextlib.closing(file.connect(path, synchronous=synchronous)))
            self._connections = opened.pop_all()
        self._scans = ThreadPoolExecutor(1, "grantwell-reader")
        self._checkpoints = Checkpoints(self.write_connection, bringing)
        self._writer = Writer(self.write_connection, self._checkpoints.committed)

    async def point(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        found = self._reader.fetch(statement, values)
        return found[0] if found else None

    async def scan(self, statement: Statement, values: tuple[Any, ...]) -> Sequence[Row]:
        return await self._beside(fetch, self._scan_connection, statement, values)

    async def commit(self, steps: Sequence[Step]) -> int:
        return await self._writer.submit(steps)

    def figures(self) -> WriterFigures:
        """What waits for the writer, and what it has done."""
        return self._writer.figures()

    async def check(self) -> None:
        self._writer.require_running()
        await super().check()

    async def backup(self, path: Path) -> None:
        """Copy one moment of the database, in use as it is, to a file. Raises StorageUnavailable and OSError."""
        await self._beside(back_up, self._scan_connection, path)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            # The log cannot be emptied while somebody reads.
            self._reader.end()
            await asyncio.to_thread(self._let_go)

    async def _beside(self, work: Callable[..., Result], *arguments: Any) -> Result:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._scans, work, *arguments)

    def _let_go(self) -> None:
        self._writer.stop()
        self._checkpoints.stop()
        self._scans.shutdown()
        with contextlib.suppress(sqlite3.Error):  # a log that cannot be emptied now is read at the next start
            self.write_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connections.close()
        self.release()
