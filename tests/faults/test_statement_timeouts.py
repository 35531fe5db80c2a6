"""Somebody else holds locks in PostgreSQL until statements time out: nothing is consumed, and all goes on by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.storage.test_postgresql import connected
from tests.support.clock import Clock
from tests.support.server import Server, settings_for
from tests.support.traffic import Traffic
from tests.support.waiting import until

from grantwell.storage import postgresql_connection
from grantwell.storage.postgresql import PostgresqlBackend

# Held by others, these hold up who writes a table, and whoever comes near it.
WRITERS, EVERYBODY = "SHARE", "ACCESS EXCLUSIVE"


@pytest.fixture(params=["STATEMENT_SECONDS", "ROW_SECONDS"])
async def server(
    request: pytest.FixtureRequest, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """A server that does not wait as long for a statement, or for a lock, as it does in earnest."""
    monkeypatch.setattr(postgresql_connection, request.param, 0.3)
    server = await Server.start(settings_for(tmp_path, secret=bytes(range(32)).hex()), PostgresqlBackend(url), Clock())
    yield server
    await server.stop()


@asynccontextmanager
async def locked(url: str, table: str, mode: str) -> AsyncIterator[None]:
    async with connected(url) as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield


async def refusals(server: Server, number: int) -> None:
    """Wait until so many further requests were refused for the database's sake."""
    seen = len(server.events)
    await until(lambda: [event.reason for event in server.events[seen:]].count("storage_unavailable") >= number)


@pytest.mark.parametrize(("table", "mode"), [("lineages", WRITERS), ("lineages", EVERYBODY), ("grants", EVERYBODY)])
async def test_nothing_is_lost_and_nothing_is_bought_twice_though_statements_time_out(
    server: Server, url: str, table: str, mode: str
) -> None:
    client = await server.make_client()
    async with Traffic(server, client) as traffic:
        await traffic.answers(40)
        for _ in range(2):
            async with locked(url, table, mode):
                await refusals(server, 12)
            await traffic.answers(40, within=30)
    # A statement that timed out had no effect, so not even a code that was asked for again was refused.
    assert not [login for login in traffic.logins if login.refused]
    assert {event.reason for event in server.events if event.status >= 500} <= {"storage_unavailable", "conflict"}
    await traffic.settle(server.backend)


@pytest.mark.parametrize("mode", [WRITERS, EVERYBODY])
async def test_what_timed_out_is_answered_503_and_can_be_asked_again(server: Server, url: str, mode: str) -> None:
    client = await server.make_client()
    code, login = await server.approve(client), await server.log_in(client)
    async with locked(url, "lineages", mode):
        for answer in await asyncio.gather(server.redeem(client, code), server.rotate(client, login["refresh_token"])):
            assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
            assert answer.headers["retry-after"] == "1"
        assert (await server.http.get("/healthz")).status_code == 200
    assert await server.is_live((await server.exchange(client, code))["access_token"])
    assert await server.is_live((await server.refresh(client, login["refresh_token"]))["access_token"])
