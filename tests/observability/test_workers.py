"""`serve --workers 2`: one address tells the numbers of all processes, whichever of them answers."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests.observability.scraping import Scrape, scrape
from tests.support.api import Api
from tests.support.postgresql import cluster
from tests.support.real_server import RealServer
from tests.support.server import API_KEY

COUNT = "grantwell_requests_total"
ASKED = 60


@pytest.fixture
def server(tmp_path: Path, address: str) -> Iterator[RealServer]:
    settings = {"database_url": cluster().database_for(object()), "secret": os.urandom(32).hex(), "workers": "2"}
    environment = {f"GRANTWELL_{name.upper()}": value for name, value in settings.items()}
    (tmp_path / "tmp").mkdir()
    environment |= {"GRANTWELL_METRICS_ADDRESS": address, "TMPDIR": str(tmp_path / "tmp")}
    server = RealServer(tmp_path, **environment)
    yield server
    server.stop()


async def ask(server: RealServer, times: int) -> None:
    """Each time on a connection of its own, which may lead to either worker."""
    async with httpx.AsyncClient(base_url=server.origin, limits=httpx.Limits(max_keepalive_connections=0)) as http:
        for _ in range(times):
            assert (await http.get("/v2/oauth/jwks")).status_code == 200


def asked(found: Scrape) -> float:
    return found.total(COUNT, operation="GetOAuthJWKS")


class Watch:
    """Scrapes again and again. No sum may ever fall, whoever answers."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._highest = 0.0

    async def look(self) -> Scrape:
        found = await scrape(self._address)
        assert asked(found) >= self._highest
        self._highest = asked(found)
        return found

    async def until(self, requests: float, *, processes: int = 2, starts: int = 2) -> None:
        """Scrape until there are so many."""
        async with asyncio.timeout(60):
            while True:
                try:
                    found = await self.look()
                except httpx.TransportError:  # it had come to a worker that was killed just then
                    continue
                processes_found = found.value("grantwell_processes"), found.value("grantwell_process_starts_total")
                if (asked(found), *processes_found) == (requests, processes, starts):
                    return


async def test_every_process_answers_for_all_of_them(server: RealServer, address: str) -> None:
    watch = Watch(address)
    for round_ in range(1, 4):
        await ask(server, ASKED)
        await watch.until(round_ * ASKED)
    for _ in range(20):
        found = await watch.look()
        assert asked(found) == 3 * ASKED
        assert found.value("grantwell_process_starts_total") == 2
        assert found.value("grantwell_signing_keys", state="signing") == 1
        assert found.value("grantwell_pool_connections_limit") == 20


async def test_no_count_is_lost_when_a_worker_is_killed(server: RealServer, address: str) -> None:
    watch = Watch(address)
    await ask(server, ASKED)
    await watch.until(ASKED)
    killed = psutil.Process(server.pid).children()[0]
    killed.kill()
    await watch.until(ASKED, processes=2, starts=3)
    await ask(server, ASKED)
    await watch.until(2 * ASKED, starts=3)


async def test_no_count_is_lost_when_all_workers_are_replaced(server: RealServer, address: str) -> None:
    watch = Watch(address)
    async with httpx.AsyncClient(base_url=server.origin) as http:
        await Api(http, API_KEY).make_client()
    await ask(server, ASKED)
    await watch.until(ASKED)
    os.kill(server.pid, signal.SIGHUP)
    async with asyncio.timeout(30):
        while (await watch.look()).value("grantwell_process_starts_total") < 4:
            await ask(server, 1)
    found = await watch.look()
    assert asked(found) > ASKED
    assert found.value(COUNT, operation="CreateOAuthClient", status="201", reason="") == 1


async def test_what_the_workers_shared_is_gone_when_the_server_is(server: RealServer, tmp_path: Path) -> None:
    (directory,) = (tmp_path / "tmp").iterdir()
    assert directory.stat().st_mode & 0o077 == 0
    assert server.stop() == 0
    assert list((tmp_path / "tmp").iterdir()) == []
