"""PostgreSQL dies, restarts, hangs and loses connections under traffic; the server serves again by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from tests.faults.conftest import Start, traffic_on
from tests.support.api import Api
from tests.support.postgresql import OwnCluster, private_directory
from tests.support.proxy import Proxy
from tests.support.real_server import RealServer
from tests.support.server import API_KEY
from tests.support.traffic import Traffic

from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.storage.postgresql import PostgresqlBackend

# How soon after its database a server must serve again.
RECOVERY_SECONDS = 10


@pytest.fixture(scope="module")
def durable() -> Iterator[OwnCluster]:
    """A cluster that waits for the disk, and that may be killed."""
    cluster = OwnCluster(private_directory(), hasty=False)
    yield cluster
    cluster.close()


@pytest.fixture
def url(durable: OwnCluster) -> str:
    return durable.migrated()


@asynccontextmanager
async def settled(server: RealServer, url: str) -> AsyncIterator[Traffic]:
    """Traffic while the block lasts; afterwards everything must be as the clients were told."""
    async with traffic_on(server) as traffic:
        await traffic.answers(40)
        yield traffic
        await traffic.answers(40, within=RECOVERY_SECONDS)
    backend = PostgresqlBackend(url)
    async with httpx.AsyncClient(base_url=server.origin, timeout=30) as traffic.api.http:
        await traffic.settle(backend)
    await backend.close()


def kill_and_start(cluster: OwnCluster) -> None:
    cluster.kill()
    cluster.start()


def kill_a_connection(cluster: OwnCluster) -> None:
    cluster.kill_a_connection()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "strike",
    [kill_and_start, kill_a_connection, OwnCluster.restart],
    ids=["kill -9 of PostgreSQL", "kill -9 of one of its processes", "a restart"],
)
async def test_nothing_is_lost_and_all_goes_on(
    durable: OwnCluster, start: Start, url: str, strike: Callable[[OwnCluster], None], workers: str
) -> None:
    server = start(workers=workers)
    async with settled(server, url) as traffic:
        for _ in range(2):
            await asyncio.to_thread(strike, durable)
            await traffic.answers(40, within=RECOVERY_SECONDS)
        assert traffic.unanswered == 0


async def test_while_postgresql_is_away_the_answer_is_503_and_the_server_is_not_ready(
    durable: OwnCluster, start: Start
) -> None:
    server = start()
    async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
        api = Api(http, API_KEY)
        client = await api.make_client()
        login = await api.log_in(client)
        await asyncio.to_thread(durable.kill)
        for _ in range(3):
            refused = await api.rotate(client, login["refresh_token"])
            assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
            assert refused.headers["retry-after"] == "1"
            assert (await http.get("/readyz")).status_code == 503
            assert (await http.get("/healthz")).status_code == 200
        await asyncio.to_thread(durable.start)
        renewed = await api.refresh(client, login["refresh_token"])
        assert await api.is_live(renewed["access_token"])
        assert (await http.get("/readyz")).status_code == 200


async def test_connections_cut_at_any_moment_buy_nothing_twice(start: Start, url: str) -> None:
    async with Proxy(url) as proxy:
        server = await asyncio.to_thread(start, database_url=proxy.url)
        async with settled(server, url) as traffic:
            proxy.cut_every(7)
            await traffic.answers(150)
            proxy.cut_every(0)
        assert proxy.made > 20
        await asyncio.to_thread(server.stop)


async def test_a_connection_cut_in_its_commit_buys_nothing_twice(start: Start, url: str) -> None:
    async with Proxy(url) as proxy:
        server = await asyncio.to_thread(start, database_url=proxy.url)
        async with settled(server, url) as traffic:
            for moment in ("before", "after") * 3:
                proxy.cut(moment, "COMMIT", times=2)
                await traffic.answers(20)
        assert proxy.made > 6
        await asyncio.to_thread(server.stop)


class Cutting(NamedTuple):
    """A server whose connections to the database can be cut, and what it has really changed there."""

    api: Api
    proxy: Proxy
    connection: "asyncpg.Connection[Any]"

    def lose_the_answer_about(self, presented: str) -> None:
        """Redeem or rotate this string, and nobody learns of it: at this change alone the connection is cut."""
        read = read_lineage_token(presented)
        assert read is not None
        # As they are sent: the lineage, and as the next parameter its generation, in eight bytes.
        self.proxy.cut("after", f"{read.lineage_id}{chr(0) * 3}{chr(8)}{chr(0) * 7}{chr(read.number)}")

    async def heads(self) -> list[tuple[int, int | None]]:
        """For each lineage the number of its head, and when it was revoked."""
        return [tuple(row) for row in await self.connection.fetch("SELECT generation, revoked_at FROM lineages")]


@asynccontextmanager
async def cutting(start: Start, url: str, **settings: str) -> AsyncIterator[Cutting]:
    async with Proxy(url) as proxy:
        server = await asyncio.to_thread(start, database_url=proxy.url, **settings)
        connection = await asyncpg.connect(url)
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            yield Cutting(Api(http, API_KEY), proxy, connection)
        await connection.close()
        await asyncio.to_thread(server.stop)


async def test_a_refresh_whose_commit_was_not_acknowledged_is_safe_to_ask_again(start: Start, url: str) -> None:
    async with cutting(start, url) as at:
        client = await at.api.make_client()
        login = await at.api.log_in(client)
        at.lose_the_answer_about(login["refresh_token"])
        first = await at.api.refresh(client, login["refresh_token"])
        again = await at.api.refresh(client, login["refresh_token"])
        assert first["refresh_token"] == again["refresh_token"]
        assert at.proxy.made == 1
        assert await at.heads() == [(2, None)]


async def test_a_code_exchange_whose_commit_was_not_acknowledged_succeeds_all_the_same(start: Start, url: str) -> None:
    async with cutting(start, url) as at:
        client = await at.api.make_client()
        code = await at.api.approve(client)
        at.lose_the_answer_about(code)
        login = await at.api.exchange(client, code)
        assert at.proxy.made == 1
        assert await at.heads() == [(1, None)]
        renewed = await at.api.refresh(client, login["refresh_token"])
        assert await at.heads() == [(2, None)]
        assert await at.api.is_live(login["access_token"])
        assert await at.api.is_live(renewed["access_token"])


@pytest.mark.parametrize("lost", [False, True], ids=["answered at once", "looked at again"])
async def test_another_request_with_the_code_is_a_replay_whatever_became_of_the_first(
    start: Start, url: str, lost: bool
) -> None:
    async with cutting(start, url) as at:
        client = await at.api.make_client()
        code = await at.api.approve(client)
        if lost:
            at.lose_the_answer_about(code)
        login = await at.api.exchange(client, code)
        again = await at.api.redeem(client, code)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        ((number, revoked_at),) = await at.heads()
        assert (number, revoked_at is not None) == (1, True)
        assert (await at.api.rotate(client, login["refresh_token"])).status_code == 400


async def test_without_a_retry_window_a_refresh_whose_commit_was_not_acknowledged_succeeds_too(
    start: Start, url: str
) -> None:
    async with cutting(start, url, retry_seconds="0") as at:
        client = await at.api.make_client()
        login = await at.api.log_in(client)
        at.lose_the_answer_about(login["refresh_token"])
        renewed = await at.api.refresh(client, login["refresh_token"])
        assert at.proxy.made == 1
        await at.api.refresh(client, renewed["refresh_token"])
        assert await at.heads() == [(3, None)]
        assert (await at.api.rotate(client, login["refresh_token"])).status_code == 400
