"""How to test such a program: against the real server, and an API that trusts it, all in this process."""

import json
from collections.abc import Iterator

import httpx
import pytest
from orders import run

from grantwell.resource import ProtectedResource, TokenRefused, read_bearer
from grantwell.sdk import Grantwell, MemoryStorage
from grantwell.testing import GrantwellServer

API = "https://orders.example.com"


@pytest.fixture
def grantwell_settings() -> dict[str, object]:
    return {"scopes": ["orders:read", "orders:write"]}


@pytest.fixture
def api(grantwell_server: GrantwellServer) -> Iterator[httpx.Client]:
    """An API for whoever shows a token for it. It goes by the clock of the server, and so by ours."""
    made: list[dict[str, object]] = []
    orders = ProtectedResource(API, issuer=grantwell_server.url, clock=grantwell_server.clock)

    def answer(request: httpx.Request) -> httpx.Response:
        try:
            orders.verify(
                read_bearer(request.headers.get_list("authorization"), request.url.query.decode()),
                scopes=["orders:write"],
            )
        except TokenRefused as refused:
            return httpx.Response(refused.status)
        if request.method == "GET":
            return httpx.Response(200, json=made)
        made.append({"number": len(made) + 1, **json.loads(request.content)})
        return httpx.Response(201, json=made[-1])

    with httpx.Client(base_url=API, transport=httpx.MockTransport(answer)) as client:
        yield client


@pytest.fixture
def server(grantwell_server: GrantwellServer) -> Iterator[Grantwell]:
    with Grantwell(api_key="", base_url=grantwell_server.base_url, transport=grantwell_server.transport()) as client:
        yield client


def test_a_person_logs_in_and_orders(
    grantwell_server: GrantwellServer, server: Grantwell, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    storage, browser = MemoryStorage(), grantwell_server.browser()
    assert run(["login"], server, storage, api, open_browser=browser) == 0
    assert run(["order", "a kettle"], server, storage, api) == 0
    assert run([], server, storage, api) == 0
    assert capsys.readouterr().out == "1  a kettle\n" * 2


def test_the_login_lasts_longer_than_a_token(
    grantwell_server: GrantwellServer, server: Grantwell, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    storage, browser = MemoryStorage(), grantwell_server.browser()
    run(["login"], server, storage, api, open_browser=browser)
    grantwell_server.clock.advance(86400)
    assert run(["order", "a kettle"], server, storage, api) == 0
    assert "a kettle" in capsys.readouterr().out


def test_whoever_is_not_logged_in_any_more_is_told_so(
    grantwell_server: GrantwellServer, server: Grantwell, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    storage, browser = MemoryStorage(), grantwell_server.browser()
    run(["login"], server, storage, api, open_browser=browser)
    (grant,) = grantwell_server.sdk.oauth_grants.list().data
    grantwell_server.sdk.oauth_grants.delete(grant.id)
    grantwell_server.clock.advance(86400)
    assert run([], server, storage, api) == 1
    assert capsys.readouterr().err.endswith("log in again: orders login\n")


def test_a_person_who_says_no_is_not_logged_in(
    grantwell_server: GrantwellServer, server: Grantwell, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["login"], server, MemoryStorage(), api, open_browser=grantwell_server.browser(allowed=False)) == 1
    assert "access_denied" in capsys.readouterr().err


def test_after_a_logout_the_orders_are_out_of_reach(
    grantwell_server: GrantwellServer, server: Grantwell, api: httpx.Client
) -> None:
    storage = MemoryStorage()
    run(["login"], server, storage, api, open_browser=grantwell_server.browser())
    assert run(["logout"], server, storage, api) == 0
    assert run([], server, storage, api) == 1
