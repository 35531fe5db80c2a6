"""Tokens on the requests to one's own APIs, and on those of the SDK itself."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from tests.sdk.clients import HTTP_CLIENTS, Both
from tests.sdk.recording_server import Answer, Asked, Behaviour, RecordingServer, as_json, serving
from tests.sdk.token_server import TokenServer

from grantwell.sdk import (
    AsyncGrantwell,
    AsyncRenewingToken,
    AsyncTokenAuth,
    Grantwell,
    LoginRequiredError,
    MemoryStorage,
    RenewingToken,
    StoredToken,
    TokenAuth,
)

KINDS: dict[str, tuple[Any, Any]] = {
    "blocking": (RenewingToken, TokenAuth),
    "asynchronous": (AsyncRenewingToken, AsyncTokenAuth),
}


def accepting(token: str) -> Behaviour:
    """An API that takes one token and no other."""

    def behave(asked: Asked) -> Answer:
        status = 200 if asked.headers.get("authorization") == f"Bearer {token}" else 401
        return as_json({"echo": asked.body.decode()}, status)

    return behave


@pytest.fixture
def api() -> Iterator[RecordingServer]:
    with serving() as api:
        api.behaviour = accepting("access-0")
        yield api


@pytest.fixture
def auth(both: Both, server: RecordingServer, kind: str) -> httpx.Auth:
    server.behaviour = TokenServer()
    token = StoredToken(
        access_token="access-0",
        refresh_token="refresh-0",
        expires_at=int(time.time()) + 1800,
        client_id="c",
        base_url=server.base_url,
    )
    renewing, auth = KINDS[kind]
    made: httpx.Auth = auth(renewing(both.client, MemoryStorage(token)))
    return made


@pytest.fixture
def http(both: Both, auth: httpx.Auth, kind: str) -> Iterator[Any]:
    client: Any = HTTP_CLIENTS[kind](auth=auth)
    yield client
    both.done(client.close() if kind == "blocking" else client.aclose())


def test_every_request_carries_the_token(both: Both, http: Any, api: RecordingServer, server: RecordingServer) -> None:
    assert both.done(http.get(api.origin)).status_code == 200
    assert both.done(http.post(api.origin, content=b"x")).json() == {"echo": "x"}
    assert server.asked == []


def test_a_token_that_the_api_refuses_is_renewed_and_the_request_sent_again(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer
) -> None:
    api.behaviour = accepting("access-1")
    assert both.done(http.post(api.origin, content=b"whole body")).json() == {"echo": "whole body"}
    assert [asked.headers["authorization"] for asked in api.asked] == ["Bearer access-0", "Bearer access-1"]
    assert len(server.asked) == 1


def test_an_api_that_refuses_every_token_is_asked_twice_and_no_more(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer
) -> None:
    api.behaviour = lambda _: as_json({}, 401)
    assert both.done(http.get(api.origin)).status_code == 401
    assert len(api.asked) == 2
    assert len(server.asked) == 1


def test_a_refusal_for_want_of_rights_renews_nothing(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer
) -> None:
    api.behaviour = lambda _: as_json({}, 403)
    assert both.done(http.get(api.origin)).status_code == 403
    assert (len(api.asked), len(server.asked)) == (1, 0)


def test_a_body_that_is_gone_is_not_sent_again(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer, kind: str
) -> None:
    api.behaviour = lambda _: as_json({}, 401)

    def parts() -> Iterator[bytes]:
        yield b"once"

    async def async_parts() -> AsyncIterator[bytes]:
        yield b"once"

    body = parts() if kind == "blocking" else async_parts()
    headers = {"content-length": "4"}
    assert both.done(http.post(api.origin, content=body, headers=headers)).status_code == 401
    assert (len(api.asked), len(server.asked)) == (1, 0)


def test_a_redirect_to_another_host_does_not_carry_the_token(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer
) -> None:
    with serving() as stranger:
        api.will(Answer(302, b"", {"location": stranger.origin}))
        both.done(http.get(api.origin, follow_redirects=True))
        assert "authorization" not in stranger.last.headers


def test_a_login_that_ended_reaches_the_caller(
    both: Both, http: Any, api: RecordingServer, server: RecordingServer
) -> None:
    server.will(as_json({"error": "invalid_grant"}, 400))
    api.behaviour = lambda _: as_json({}, 401)
    with pytest.raises(LoginRequiredError):
        both.done(http.get(api.origin))


def test_the_sdk_itself_can_speak_with_a_token_that_renews_itself(
    both: Both, auth: httpx.Auth, server: RecordingServer
) -> None:
    server.behaviour = lambda _: as_json({})
    client = both.client.with_options(auth=auth)
    both.done(client.oauth_grants.list())
    assert server.last.headers["authorization"] == "Bearer access-0"
    both.done(client.oauth.retrieve_jwks())
    assert "authorization" not in server.last.headers
    both.done(client.oauth_grants.list(extra_headers={"authorization": "Basic mine"}))
    assert server.last.headers["authorization"] == "Basic mine"
    both.done(client.with_options(api_key="key").oauth_grants.list())
    assert server.last.headers["authorization"] == "Bearer key"


def test_a_token_wins_over_a_key_that_happens_to_be_in_the_environment(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "of-the-environment")
    with Grantwell(base_url=server.base_url, auth=httpx.BasicAuth("u", "p")) as client:
        client.oauth_grants.list()
    assert server.last.headers["authorization"].startswith("Basic ")


def test_a_blocking_token_in_an_asynchronous_client_is_a_mistake_that_says_so() -> None:
    with Grantwell(base_url="http://auth.test") as client, pytest.raises(TypeError, match="takes AsyncTokenAuth"):
        TokenAuth(RenewingToken(client)).async_auth_flow(httpx.Request("GET", "http://a.test"))


async def test_an_asynchronous_token_in_a_blocking_client_is_one_too() -> None:
    async with AsyncGrantwell(base_url="http://auth.test") as client:
        auth = AsyncTokenAuth(AsyncRenewingToken(client))
        with pytest.raises(TypeError, match="takes TokenAuth"):
            auth.sync_auth_flow(httpx.Request("GET", "http://a.test"))
