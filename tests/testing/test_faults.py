"""Each fault is what a program would see of it: in process and on a real port, blocking and not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from grantwell.sdk import APIConnectionError, APITimeoutError, Grantwell, InternalServerError, RateLimitError
from grantwell.testing import GrantwellServer

WAYS: dict[str, Callable[[GrantwellServer], httpx.BaseTransport]] = {
    "in process": lambda server: server.transport(),
    "on a port": lambda _: httpx.HTTPTransport(),
}
# As short a pause as an order can be.
AT_ONCE = 0.001


@contextmanager
def sdk(server: GrantwellServer, transport: httpx.BaseTransport, **more: Any) -> Iterator[Grantwell]:
    with Grantwell(
        api_key=server.admin.api_key, base_url=f"{server.url}/v2", transport=transport, **{"max_retries": 0} | more
    ) as client:
        yield client


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, grantwell_server: GrantwellServer) -> httpx.BaseTransport:
    return WAYS[request.param](grantwell_server)


def names(server: GrantwellServer) -> list[str]:
    return sorted(each.name for each in server.sdk.oauth_clients.list())


def create(client: Grantwell) -> None:
    client.oauth_clients.create(
        name="A", client_type="confidential", allowed_scopes=["read"], allowed_grant_types=["refresh_token"]
    )


def test_too_many_requests_is_what_the_server_itself_would_say(
    grantwell_server: GrantwellServer, way: httpx.BaseTransport
) -> None:
    grantwell_server.faults.answer(429, retry_after=7)
    with sdk(grantwell_server, way) as client, pytest.raises(RateLimitError) as refused:
        client.oauth_clients.list()
    assert refused.value.response.headers["retry-after"] == "7"
    assert refused.value.body["errors"][0]["code"] == "10011"  # type: ignore[index]  # JSON is an object


@pytest.mark.parametrize("status", [500, 503])
def test_the_servers_own_errors_come_in_its_own_words(
    grantwell_server: GrantwellServer, way: httpx.BaseTransport, status: int
) -> None:
    grantwell_server.faults.answer(status)
    with sdk(grantwell_server, way) as client, pytest.raises(InternalServerError) as refused:
        client.oauth.token(grant_type="client_credentials")
    assert refused.value.status_code == status
    assert refused.value.error_description == "the test asked for this"


def test_other_errors_are_a_proxys_and_no_json(grantwell_server: GrantwellServer, way: httpx.BaseTransport) -> None:
    grantwell_server.faults.answer(502)
    with sdk(grantwell_server, way) as client, pytest.raises(InternalServerError) as refused:
        client.oauth_clients.list()
    assert refused.value.body == "<html><h1>502 Bad Gateway</h1></html>"


def test_a_dropped_connection_has_done_nothing(grantwell_server: GrantwellServer, way: httpx.BaseTransport) -> None:
    grantwell_server.faults.drop()
    with sdk(grantwell_server, way) as client, pytest.raises(APIConnectionError):
        create(client)
    assert names(grantwell_server) == []


def test_a_lost_answer_has_done_all(grantwell_server: GrantwellServer, way: httpx.BaseTransport) -> None:
    grantwell_server.faults.lose_answer()
    with sdk(grantwell_server, way) as client, pytest.raises(APIConnectionError):
        create(client)
    assert names(grantwell_server) == ["A"]


def test_a_slow_answer_comes_too_late_for_the_impatient(
    grantwell_server: GrantwellServer, way: httpx.BaseTransport
) -> None:
    grantwell_server.faults.delay(60)
    with sdk(grantwell_server, way, timeout=0.05) as client, pytest.raises(APITimeoutError):
        client.oauth_clients.list()


def test_a_slow_answer_is_a_whole_one(grantwell_server: GrantwellServer, way: httpx.BaseTransport) -> None:
    grantwell_server.make_client(name="A")
    grantwell_server.faults.delay(0.01)
    with sdk(grantwell_server, way) as client:
        assert [each.name for each in client.oauth_clients.list()] == ["A"]


@pytest.mark.parametrize("fault", ["drop", "lose_answer"])
def test_after_a_lost_connection_the_next_request_is_answered(
    grantwell_server: GrantwellServer, way: httpx.BaseTransport, fault: str
) -> None:
    getattr(grantwell_server.faults, fault)()
    with sdk(grantwell_server, way) as client:
        with pytest.raises(APIConnectionError):
            client.oauth_clients.list()
        assert client.oauth_clients.list().data == []


async def test_asynchronous_clients_meet_the_same_faults(grantwell_server: GrantwellServer) -> None:
    sdk = grantwell_server.async_sdk.with_options(max_retries=0)
    grantwell_server.faults.answer(429)
    with pytest.raises(RateLimitError):
        await sdk.oauth_clients.list()
    grantwell_server.faults.drop()
    with pytest.raises(APIConnectionError):
        await sdk.oauth_clients.list()


def test_a_refresh_whose_answer_was_lost_is_repeated_and_breaks_nothing(grantwell_server: GrantwellServer) -> None:
    client, tokens = grantwell_server.default_client, grantwell_server.tokens()
    grantwell_server.faults.lose_answer(operation="ExchangeOAuthToken")
    answer = grantwell_server.sdk.oauth.token(
        grant_type="refresh_token",
        client_id=client.client_id,
        client_secret=client.client_secret,
        refresh_token=tokens.refresh_token,
    )
    assert [(each.status, each.fault) for each in grantwell_server.requests] == [(None, "lose_answer"), (200, "")]
    assert grantwell_server.sdk.oauth.introspect(token=answer.access_token).active


def test_faults_strike_in_the_order_in_which_they_were_asked_for(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.answer(429, retry_after=AT_ONCE)
    grantwell_server.faults.answer(503, retry_after=AT_ONCE)
    grantwell_server.sdk.oauth_clients.list()
    assert [each.status for each in grantwell_server.requests] == [429, 503, 200]
    assert [each.fault for each in grantwell_server.requests] == ["answer 429", "answer 503", ""]


def test_a_fault_strikes_only_the_operation_that_it_is_for(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.answer(500, operation="ListOAuthGrants", retry_after=AT_ONCE)
    grantwell_server.sdk.oauth_clients.list()
    grantwell_server.sdk.oauth_grants.list()
    told = [(each.operation, each.status) for each in grantwell_server.requests]
    assert told == [("ListOAuthClients", 200), ("ListOAuthGrants", 500), ("ListOAuthGrants", 200)]


def test_a_fault_strikes_as_often_as_it_was_told(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.answer(503, times=2, retry_after=AT_ONCE)
    grantwell_server.sdk.oauth_clients.list()
    assert [each.status for each in grantwell_server.requests] == [503, 503, 200]


def test_an_outage_lasts_until_it_is_over(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.drop(times=None)
    sdk = grantwell_server.sdk.with_options(max_retries=0)
    for _ in range(3):
        with pytest.raises(APIConnectionError):
            sdk.oauth_clients.list()
    grantwell_server.faults.clear()
    assert sdk.oauth_clients.list().data == []


def test_pages_meet_faults_too(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.answer(503)
    with httpx.Client(transport=grantwell_server.transport(), base_url=grantwell_server.issuer) as http:
        assert http.get("/consent").status_code == 503
        assert http.head("/consent").status_code != 503


@pytest.mark.parametrize(
    ("fault", "arguments", "words"),
    [
        (
            "drop",
            {"operation": "TokenExchange"},
            "there is no operation TokenExchange. Did you mean ExchangeOAuthToken?",
        ),
        ("drop", {"times": 0}, "times must be 1 or more, or None, and is 0"),
        ("answer", {"status": 200}, "status must be an HTTP error, and is 200"),
        ("answer", {"status": 499}, "status must be an HTTP error, and is 499"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(
    grantwell_server: GrantwellServer, fault: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        getattr(grantwell_server.faults, fault)(**arguments)
