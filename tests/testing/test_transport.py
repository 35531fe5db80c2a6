"""Without a socket: what httpx promises of a transport holds, in threads, in event loops, and after the end."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from grantwell.asgi.event import Event
from grantwell.testing import GrantwellServer

SLOW = 60.0


class Events(list[Event]):
    """Can be waited for."""

    def __init__(self) -> None:
        self._first = threading.Event()

    def append(self, event: Event) -> None:
        super().append(event)
        self._first.set()

    def wait(self, seconds: float) -> None:
        assert self._first.wait(seconds)


def test_a_blocking_client_is_answered(grantwell_server: GrantwellServer) -> None:
    with httpx.Client(transport=grantwell_server.transport(), base_url=grantwell_server.issuer) as http:
        assert http.get("/healthz").json() == {"status": "ok"}


async def test_an_asynchronous_client_is_answered(grantwell_server: GrantwellServer) -> None:
    transport = grantwell_server.transport()
    async with httpx.AsyncClient(transport=transport, base_url=grantwell_server.issuer) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}


def test_one_server_serves_clients_of_one_event_loop_after_another(grantwell_server: GrantwellServer) -> None:
    async def first_client() -> str:
        page = await grantwell_server.async_sdk.oauth_clients.list()
        return page.data[0].client_id

    made = grantwell_server.default_client.client_id
    assert [asyncio.run(first_client()) for _ in range(2)] == [made, made]


async def test_a_hundred_tasks_are_answered_at_once(grantwell_server: GrantwellServer) -> None:
    token = grantwell_server.token()
    sdk = grantwell_server.async_sdk
    found = await asyncio.gather(*(sdk.oauth.introspect(token=token) for _ in range(100)))
    assert all(each.active for each in found)


def test_many_threads_are_answered_at_once(grantwell_server: GrantwellServer) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: grantwell_server.make_client().client_id, range(24)))
    assert {each.client_id for each in grantwell_server.sdk.oauth_clients.list()} == set(made)


def test_a_blocking_client_waits_no_longer_than_it_said(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.delay(SLOW)
    with httpx.Client(transport=grantwell_server.transport(), timeout=0.01) as http, pytest.raises(httpx.ReadTimeout):
        http.get(f"{grantwell_server.issuer}/healthz")


async def test_an_asynchronous_client_waits_no_longer_than_it_said(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.delay(SLOW)
    async with httpx.AsyncClient(transport=grantwell_server.transport(), timeout=0.01) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get(f"{grantwell_server.issuer}/healthz")


async def test_a_request_is_carried_out_even_if_whoever_sent_it_is_cancelled(grantwell_server: GrantwellServer) -> None:
    carried_out = grantwell_server.events = Events()
    grantwell_server.faults.delay(SLOW, operation="CreateOAuthClient")
    creating = asyncio.create_task(
        grantwell_server.async_sdk.oauth_clients.create(
            name="Given up", client_type="confidential", allowed_scopes=["read"], allowed_grant_types=["refresh_token"]
        )
    )
    await asyncio.to_thread(carried_out.wait, SLOW)
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
    (made,) = grantwell_server.sdk.oauth_clients.list().data
    assert made.name == "Given up"


def test_after_its_end_a_server_answers_like_one_that_is_not_there() -> None:
    with GrantwellServer() as server:
        transport = server.transport()
    with httpx.Client(transport=transport) as http, pytest.raises(httpx.ConnectError, match="has ended"):
        http.get(f"{server.issuer}/healthz")


def test_a_server_can_be_ended_twice() -> None:
    server = GrantwellServer()
    server.close()
    server.close()
