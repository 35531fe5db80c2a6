"""The disk under a SQLite database fills up, or may not be written; others reach for the file; and all is well again.

Clients that ask meanwhile are told to ask again, nothing of what they were answered is lost, and nobody has to restart
the server.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from tests.faults.conftest import traffic_on
from tests.support.api import Api
from tests.support.clock import Clock
from tests.support.real_server import RealServer, serving
from tests.support.server import API_KEY, Server, settings_for
from tests.support.traffic import Traffic
from tests.support.waiting import until

from grantwell.protocol.store import StorageUnavailable
from grantwell.storage.sqlite import SqliteBackend, open_sqlite


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with serving(tmp_path) as server:
        yield server


@asynccontextmanager
async def settled(server: RealServer) -> AsyncIterator[Traffic]:
    """Traffic while the block lasts; afterwards everything must be as the clients were told."""
    async with traffic_on(server) as traffic:
        await traffic.answers(40)
        yield traffic
        await traffic.answers(40, within=30)
        assert traffic.unanswered == 0
    backend = open_sqlite(server.directory / "grantwell.db", lock=False)
    async with httpx.AsyncClient(base_url=server.origin, timeout=30) as traffic.api.http:
        await traffic.settle(backend)
    await backend.close()


@contextlib.contextmanager
def no_room(server: RealServer) -> Iterator[None]:
    """No file of the server's may be written beyond its first byte, as on a disk that has no block left."""
    process = psutil.Process(server.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, before)


async def test_a_disk_without_room_costs_nobody_a_login(server: RealServer) -> None:
    async with settled(server) as traffic:
        for _ in range(2):
            with no_room(server):
                await refused(traffic, 40)
                assert (await traffic.api.http.get("/healthz")).status_code == 200
                # What only reads goes on.
                assert (await traffic.api.manage("GET", "/oauth_clients")).status_code == 200
            await traffic.answers(40, within=30)


async def refused(traffic: Traffic, number: int) -> None:
    """Wait until so many further requests were told to come again."""
    goal = traffic.unavailable + number
    await until(lambda: traffic.unavailable >= goal)


async def test_while_there_is_no_room_the_answer_says_when_to_ask_again_and_consumes_nothing(
    server: RealServer,
) -> None:
    async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
        api = Api(http, API_KEY)
        client = await api.make_client()
        code, login = await api.approve(client), await api.log_in(client)
        with no_room(server):
            for answer in (await api.redeem(client, code), await api.rotate(client, login["refresh_token"])):
                assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
                assert answer.headers["retry-after"] == "1"
        assert await api.is_live((await api.exchange(client, code))["access_token"])
        assert await api.is_live((await api.refresh(client, login["refresh_token"]))["access_token"])


async def test_a_server_without_room_that_is_killed_has_lost_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        async with traffic_on(server) as traffic:
            await traffic.answers(40)
            with no_room(server):
                await refused(traffic, 20)
                server.kill()
                await until(lambda: traffic.unanswered > 0)
                # Another one takes its place, where there is room.
                again = await asyncio.to_thread(RealServer, tmp_path)
                traffic.api.http.base_url = httpx.URL(again.origin)
                await traffic.answers(40, within=30)
    backend = open_sqlite(tmp_path / "grantwell.db", lock=False)
    async with httpx.AsyncClient(base_url=again.origin, timeout=30) as traffic.api.http:
        await traffic.settle(backend)
    await backend.close()
    again.stop()


async def test_a_second_server_on_the_file_is_refused_and_the_first_one_serves_on(server: RealServer) -> None:
    async with settled(server) as traffic:
        for _ in range(3):
            with pytest.raises(AssertionError, match=f"another server .process {server.pid}. is using"):
                await asyncio.to_thread(RealServer, server.directory)
            await traffic.answers(20)
        assert traffic.unavailable == 0


@contextlib.contextmanager
def full(backend: SqliteBackend) -> Iterator[None]:
    """SQLite itself says that the database is full, at the first page that it lacks."""
    (before,) = backend.write_connection.execute("PRAGMA max_page_count").fetchone()
    # It is never set below what there is.
    backend.write_connection.execute("PRAGMA max_page_count = 1")
    try:
        yield
    finally:
        backend.write_connection.execute(f"PRAGMA max_page_count = {before}")


@contextlib.contextmanager
def read_only(backend: SqliteBackend) -> Iterator[None]:
    """SQLite itself says that the database may only be read."""
    backend.write_connection.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        backend.write_connection.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize(("trouble", "words"), [(full, "SQLITE_FULL"), (read_only, "SQLITE_READONLY")])
async def test_a_database_that_cannot_be_written_is_told_from_a_bug_and_serves_again(
    tmp_path: Path,
    trouble: Callable[[SqliteBackend], contextlib.AbstractContextManager[None]],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend = open_sqlite(tmp_path / "grantwell.db", lock=True)
    server = await Server.start(settings_for(tmp_path), backend, Clock())
    client = await server.make_client()
    async with Traffic(server, client) as traffic:
        await traffic.answers(40)
        for _ in range(2):
            with trouble(backend):
                # Approvals at the latest: for them rows are added, whereas a rotation may find room in its page.
                await until(lambda: [event.status for event in server.events[-40:]].count(503) > 20)
                reasons = {event.reason for event in server.events if event.status >= 500}
                # Approvals of one person for one client may meet; that is no trouble of the disk's.
                assert reasons - {"conflict"} == {"storage_unavailable"}
                long = server.app.driver.context("test", "").record("test", detail="long" * 10_000)
                with pytest.raises(StorageUnavailable, match=words):
                    await backend.apply([long])
            await traffic.answers(40, within=30)
    await traffic.settle(backend)
    assert not [record for record in caplog.records if record.exc_info]
    await server.stop()
