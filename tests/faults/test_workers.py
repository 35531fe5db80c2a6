"""Several processes behind one address: they come and go, and nobody notices."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest
from tests.faults.conftest import Start, traffic_on
from tests.support.api import Api
from tests.support.real_server import RealServer
from tests.support.server import API_KEY
from tests.support.waiting import until

from grantwell.protocol.store import Backend

WORKERS = "3"


def workers_of(server: RealServer) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(server.pid).children()
    return found


async def until_they_are(server: RealServer, number: int, without: list[psutil.Process]) -> list[psutil.Process]:
    """The workers, once they are as many and none of those."""

    def they_are() -> bool:
        now = workers_of(server)
        return len(now) == number and not set(now) & set(without)

    await until(they_are)
    return workers_of(server)


async def test_a_server_listens_when_all_its_workers_serve(start: Start) -> None:
    server = start(workers=WORKERS)
    assert len(workers_of(server)) == 3
    async with httpx.AsyncClient(base_url=server.origin) as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_traffic_goes_on_while_a_worker_is_killed(start: Start, backend: Backend) -> None:
    server = start(workers=WORKERS)
    async with traffic_on(server) as traffic:
        kills = 0
        # Until a worker was hit while somebody waited for its answer.
        while kills < 3 or not traffic.unanswered:
            await traffic.answers(40)
            killed = workers_of(server)
            killed[0].kill()
            kills += 1
            await traffic.answers(40)
            await until_they_are(server, 3, killed[:1])
        assert traffic.unavailable == 0
        await traffic.answers(40)
    async with httpx.AsyncClient(base_url=server.origin) as traffic.api.http:
        await traffic.settle(backend)


async def test_nobody_notices_that_all_workers_are_replaced(start: Start, backend: Backend) -> None:
    server = start(workers=WORKERS)
    async with traffic_on(server) as traffic:
        await traffic.answers(40)
        before = workers_of(server)
        psutil.Process(server.pid).send_signal(signal.SIGHUP)
        await until_they_are(server, 3, before)
        await traffic.answers(40)
        assert (traffic.unanswered, traffic.unavailable) == (0, 0)
    async with httpx.AsyncClient(base_url=server.origin) as traffic.api.http:
        await traffic.settle(backend)


async def test_a_client_that_asks_on_a_connection_of_a_worker_that_ends_is_answered_and_told_to_leave(
    start: Start,
) -> None:
    server = start(workers=WORKERS)
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=server.origin, limits=limits) as http:
        assert "connection" not in (await http.get("/healthz")).headers
        for worker in workers_of(server):
            worker.terminate()
        async with asyncio.timeout(10):
            while (await http.get("/healthz")).headers.get("connection") != "close":
                pass
        # The next connection is a successor's.
        assert (await http.get("/healthz")).status_code == 200


async def test_a_request_that_is_under_way_is_finished_before_a_worker_ends(start: Start) -> None:
    server = start(workers="2")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.origin.rpartition(":")[2]))
    head = f"POST /v2/oauth/token HTTP/1.1\r\nHost: {server.origin[7:]}\r\nContent-Length: 11\r\n\r\n"
    writer.write(head.encode())
    await writer.drain()
    before = workers_of(server)
    for worker in before:
        worker.terminate()
    # The other one has ended; the one that has begun to read our request waits for the rest of it.
    await until(lambda: sum(worker.is_running() for worker in before) == 1)
    writer.write(b"hello=world")
    status = await reader.readline()
    assert status.split()[1] == b"415"
    writer.close()


def test_workers_end_with_their_parent_however_that_ends(start: Start) -> None:
    server = start(workers=WORKERS)
    workers = workers_of(server)
    server.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_leaves_nobody_behind(start: Start, by: signal.Signals) -> None:
    server = start(workers=WORKERS)
    workers = workers_of(server)
    psutil.Process(server.pid).send_signal(by)
    assert server.stop() == 0
    _, alive = psutil.wait_procs(workers, timeout=1)
    assert alive == []
    assert server.log.read_text() == ""


def test_a_worker_that_does_not_end_in_time_is_killed(start: Start) -> None:
    server = start(workers="2", shutdown_seconds="0")
    stuck = workers_of(server)[0]
    stuck.suspend()
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 20
    assert "did not end in time: killed" in server.log.read_text()
    assert not stuck.is_running()


async def test_settings_that_cannot_be_are_told_and_leave_everything_as_it_was(start: Start, tmp_path: Path) -> None:
    server = start(workers="2")
    before = workers_of(server)
    (tmp_path / "grantwell.toml").write_text("no_such_setting = 1\n")
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    await until(lambda: "no_such_setting" in server.log.read_text())
    assert workers_of(server) == before
    # A worker that dies now gets what the others have, and not what the file says.
    before[0].kill()
    await until_they_are(server, 2, before[:1])


async def test_settings_are_read_again_for_the_workers_that_replace_all(start: Start, tmp_path: Path) -> None:
    server = start(workers="2")
    before = workers_of(server)
    (tmp_path / "grantwell.toml").write_text('consent_url = "https://consent.example/"\n')
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    await until_they_are(server, 2, before)
    async with httpx.AsyncClient(base_url=server.origin) as http:
        client = await Api(http, API_KEY).make_client()
        answer = await Api(http, API_KEY).authorize(client)
    assert answer.headers["location"].startswith("https://consent.example/")


async def test_a_successor_that_cannot_start_takes_nobodys_place(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(os.urandom(32).hex())
    server = start(workers="2", secret="", secret_file=str(file))
    before = workers_of(server)
    # Another secret opens no signing key, which shows only when a worker starts.
    file.write_text(os.urandom(32).hex())
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    await until(lambda: "the others serve on as before" in server.log.read_text())
    assert workers_of(server) == before


async def test_a_log_in_json_is_json_to_the_last_line_though_a_successor_cannot_start(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(os.urandom(32).hex())
    server = start(workers="2", secret="", secret_file=str(file), log_format="json")
    async with httpx.AsyncClient(base_url=server.origin) as http:
        await http.get("/v2/oauth/jwks")
    file.write_text(os.urandom(32).hex())
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    await until(lambda: "the others serve on as before" in server.log.read_text())
    server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (said,) = [line for line in lines if "is sealed with a server secret that is not given" in line.get("message", "")]
    assert said["level"] == "error"
    assert any("request_id" in line and "level" not in line for line in lines)


def test_a_server_whose_workers_cannot_start_says_so_and_ends(start: Start) -> None:
    start(workers="2").stop()
    with pytest.raises(AssertionError, match="the server ended with") as caught:
        start(workers="2", secret=os.urandom(32).hex())
    assert "is sealed with a server secret that is not given" in str(caught.value)
    assert "a worker could not start" in str(caught.value)
