"""On a bad day, and in long lists, both packages do the same: as many requests, the same pauses, the same errors."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import telnyx

from grantwell import sdk
from grantwell.testing import GrantwellServer

CLIENTS = 250

PACKAGES: dict[str, tuple[Any, Any]] = {"telnyx": (telnyx, telnyx.Telnyx), "grantwell": (sdk, sdk.Grantwell)}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a client meant to wait; it does not."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


class Day(NamedTuple):
    """What came of a call: the requests that the server saw, the pauses between them, and the end."""

    statuses: list[int | None]
    pauses: list[float]
    end: str


def day_of(package: str, server: GrantwellServer, pauses: list[float], timeout: float = 30) -> Day:
    module, make = PACKAGES[package]
    server.requests.clear()
    pauses.clear()
    with (
        httpx.Client(transport=server.transport()) as http,
        make(api_key=server.admin.api_key, base_url=server.base_url, http_client=http, timeout=timeout) as client,
    ):
        try:
            end = f"{len(client.oauth_grants.list().data)} grants"
        except module.APIError as error:
            end = type(error).__name__
    return Day([each.status for each in server.requests], list(pauses), end)


# Each is what the methods of `Faults` are told, in that order.
BAD_DAYS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    **{f"a {status}": [("answer", {"status": status})] for status in (400, 401, 403, 404, 422)},
    **{f"one {status}": [("answer", {"status": status})] for status in (408, 409, 429, 500, 502)},
    **{f"only {status}": [("answer", {"status": status, "times": None})] for status in (429, 503, 504)},
    "a connection that drops": [("drop", {})],
    "connections that drop": [("drop", {"times": None})],
    "an answer that is lost": [("lose_answer", {})],
    "one after the other": [("drop", {}), ("answer", {"status": 502}), ("answer", {"status": 403})],
}


@pytest.mark.parametrize("bad", BAD_DAYS.values(), ids=list(BAD_DAYS))
def test_a_bad_day_has_the_same_end_after_as_many_requests(
    bad: list[tuple[str, dict[str, Any]]], grantwell_server: GrantwellServer, pauses: list[float]
) -> None:
    days = {}
    for package in PACKAGES:
        for fault, told in bad:
            getattr(grantwell_server.faults, fault)(**told)
        days[package] = day_of(package, grantwell_server, pauses)
        grantwell_server.faults.clear()
    ours, official = days["grantwell"], days["telnyx"]
    assert (ours.statuses, ours.end) == (official.statuses, official.end)
    assert len(ours.pauses) == len(official.pauses) == len(ours.statuses) - 1
    # Half a second and then a whole one, each shorter by up to a quarter by chance.
    assert [each for each in (*ours.pauses, *official.pauses) if not 0.375 <= each <= 1] == []


@pytest.mark.parametrize("seconds", [0.25, 2, 59])
def test_the_pause_that_the_server_asks_for_is_kept_to_the_millisecond(
    seconds: float, grantwell_server: GrantwellServer, pauses: list[float]
) -> None:
    for package in PACKAGES:
        grantwell_server.faults.answer(429, retry_after=seconds)
        assert day_of(package, grantwell_server, pauses) == Day([429, 200], [seconds], "0 grants")


def test_whoever_answers_too_late_is_asked_as_often(grantwell_server: GrantwellServer, pauses: list[float]) -> None:
    for package in PACKAGES:
        grantwell_server.faults.delay(0.3, times=None)
        day = day_of(package, grantwell_server, pauses, timeout=0.05)
        grantwell_server.faults.clear()
        assert (len(day.statuses), len(day.pauses), day.end) == (3, 2, "APITimeoutError")


@pytest.fixture(scope="module")
def crowded() -> Iterator[GrantwellServer]:
    """A server with many clients."""
    with GrantwellServer() as server:
        for number in range(CLIENTS):
            server.make_client(name=f"Client {number}")
        yield server


@pytest.mark.parametrize("page_size", [20, 100, 7])
def test_250_clients_come_once_each_in_the_same_order_page_by_page(page_size: int, crowded: GrantwellServer) -> None:
    listed = {}
    for package, (_, make) in PACKAGES.items():
        crowded.requests.clear()
        with (
            httpx.Client(transport=crowded.transport()) as http,
            make(api_key=crowded.admin.api_key, base_url=crowded.base_url, http_client=http) as client,
        ):
            listed[package] = [each.client_id for each in client.oauth_clients.list(page_size=page_size)]
        assert len(crowded.requests) == -(-CLIENTS // page_size)
    assert listed["grantwell"] == listed["telnyx"]
    assert len(set(listed["grantwell"])) == CLIENTS


async def test_they_do_so_on_asyncio(crowded: GrantwellServer) -> None:
    blocking = [each.client_id for each in crowded.sdk.oauth_clients.list(page_size=100)]
    ours = [each.client_id async for each in crowded.async_sdk.oauth_clients.list(page_size=100)]
    async with (
        httpx.AsyncClient(transport=crowded.transport()) as http,
        telnyx.AsyncTelnyx(api_key=crowded.admin.api_key, base_url=crowded.base_url, http_client=http) as client,
    ):
        official = [each.client_id async for each in client.oauth_clients.list(page_size=100)]
    assert ours == official == blocking
