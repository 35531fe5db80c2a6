"""How to test such a service: against the real server, and an API that trusts it, all in this process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from stock_service import WANTED, authenticated, restock, work_on

from grantwell.resource import ProtectedResource, TokenRefused, read_bearer
from grantwell.sdk import AsyncGrantwell, BadRequestError
from grantwell.testing import GrantwellServer

API = "https://orders.example.com"


@pytest.fixture
def grantwell_settings() -> dict[str, object]:
    return {"scopes": ["orders:read", "orders:write"]}


def orders_api(server: GrantwellServer) -> Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]:
    """An API for whoever shows a token for it. It goes by the clock of the server, and so by ours."""
    resource = ProtectedResource(API, issuer=server.url, clock=server.clock)
    orders: list[dict[str, object]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        try:
            token = read_bearer(request.headers.get_list("authorization"), request.url.query.decode())
            await resource.verify_async(token, scopes=["orders:write"])
        except TokenRefused as refused:
            return httpx.Response(refused.status)
        if request.method == "GET":
            return httpx.Response(200, json=orders)
        orders.append({"number": len(orders) + 1, "item": "a kettle"})
        return httpx.Response(201, json=orders[-1])

    return answer


@asynccontextmanager
async def api_of(server: GrantwellServer, **client: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The API as the service sees it, with credentials that were made for this test."""
    made = server.make_client(name="Stock", allowed_grant_types=["client_credentials"], **client)
    transport = httpx.MockTransport(orders_api(server))
    async with AsyncGrantwell(api_key="", base_url=server.base_url, transport=server.transport()) as sdk:
        auth = authenticated(sdk, made.client_id, made.client_secret or "", API)
        async with httpx.AsyncClient(base_url=API, auth=auth, transport=transport) as api:
            yield api


def test_the_service_orders_what_is_missing_and_no_more(grantwell_server: GrantwellServer) -> None:
    async def story() -> int:
        async with api_of(grantwell_server) as api:
            await restock(api)
            await restock(api)
            return len((await api.get("/orders")).json())

    assert asyncio.run(story()) == WANTED


def test_one_token_serves_many_requests_until_it_ends(grantwell_server: GrantwellServer) -> None:
    async def story() -> list[int]:
        asked = []
        async with api_of(grantwell_server) as api:
            await asyncio.gather(*(api.get("/orders") for _ in range(10)))
            asked.append(token_requests(grantwell_server))
            # The API's clock, and so what it thinks of the token, is the server's.
            grantwell_server.clock.advance(3600)
            await restock(api)
            asked.append(token_requests(grantwell_server))
        return asked

    assert asyncio.run(story()) == [1, 2]


def token_requests(server: GrantwellServer) -> int:
    return [each.operation for each in server.requests].count("ExchangeOAuthToken")


def test_a_bad_moment_of_the_server_does_not_end_the_service(
    grantwell_server: GrantwellServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        # Three times the SDK tries by itself, so that one round fails and the next does not.
        grantwell_server.faults.answer(503, times=3, retry_after=0.001, operation="ExchangeOAuthToken")
        async with api_of(grantwell_server) as api:
            await work_on(api, rounds=2, seconds_between=0)

    caplog.set_level(logging.INFO, "stock")
    asyncio.run(story())
    told = [record.getMessage() for record in caplog.records if record.name == "stock"]
    assert told[0].startswith("no kettles this time: oauth.token: 503")
    assert told[1:] == [f"ordered a kettle: number {number}" for number in range(1, WANTED + 1)]


def test_a_service_that_may_not_is_told_so(grantwell_server: GrantwellServer) -> None:
    async def story() -> None:
        async with api_of(grantwell_server, allowed_scopes=["orders:read"]) as api:
            await restock(api)

    with pytest.raises(BadRequestError, match="invalid_scope"):
        asyncio.run(story())
