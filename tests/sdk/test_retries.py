"""How often a call is sent, and with what in between: counted on a server that fails on purpose."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.sdk.clients import Both
from tests.sdk.recording_server import DROPPED, Answer, Asked, RecordingServer, as_json

from grantwell.sdk import APIConnectionError, APIStatusError, APITimeoutError, InternalServerError, RateLimitError

CREATE = {"name": "n", "allowed_scopes": ["admin"], "client_type": "public", "allowed_grant_types": ["refresh_token"]}


def down(status: int = 503, **headers: str) -> Answer:
    return as_json({"error": "temporarily_unavailable"}, status, **headers)


def retry_counts(server: RecordingServer) -> list[str]:
    return [asked.headers["x-stainless-retry-count"] for asked in server.asked]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_passing_failure_is_not_noticed(
    both: Both, server: RecordingServer, pauses: list[float], status: int
) -> None:
    server.will(down(status), down(status), as_json({"keys": []}))
    raw = both.done(both.client.oauth.with_raw_response.retrieve_jwks())
    assert both.done(raw.parse()).keys == []
    assert raw.retries_taken == 2
    assert retry_counts(server) == ["0", "1", "2"]
    assert 0.375 <= pauses[0] <= 0.5
    assert 0.75 <= pauses[1] <= 1.0


def test_three_times_is_all_if_nothing_else_is_said(both: Both, server: RecordingServer, pauses: list[float]) -> None:
    server.will(*[down()] * 9)
    with pytest.raises(InternalServerError, match=r"\(after 3 attempts\)$") as raised:
        both.done(both.client.oauth.retrieve_jwks())
    assert raised.value.attempts == len(server.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("allowed", [0, 1, 5])
def test_never_more_often_than_told_by_the_client_or_by_the_call(
    make: Callable[..., Both], server: RecordingServer, pauses: list[float], allowed: int
) -> None:
    server.behaviour = lambda _: down()
    with pytest.raises(InternalServerError):
        (told := make(max_retries=allowed)).done(told.client.oauth_grants.list())
    assert len(server.asked) == allowed + 1
    with pytest.raises(InternalServerError):
        (told := make(max_retries=9)).done(told.client.oauth_grants.list(max_retries=allowed))
    assert len(server.asked) == 2 * (allowed + 1)
    assert len(pauses) == 2 * allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_final(both: Both, server: RecordingServer, pauses: list[float], status: int) -> None:
    server.will(down(status))
    with pytest.raises(APIStatusError):
        both.done(both.client.oauth_grants.list())
    assert (len(server.asked), pauses) == (1, [])


def test_the_server_may_forbid_and_may_ask_for_another_try(
    both: Both, server: RecordingServer, pauses: list[float]
) -> None:
    server.will(down(503, x_should_retry="false"))
    with pytest.raises(InternalServerError):
        both.done(both.client.oauth_grants.list())
    assert len(server.asked) == 1
    server.will(down(404, x_should_retry="true"), as_json({"data": []}))
    assert both.done(both.client.oauth_grants.list()).data == []
    assert len(server.asked) == 3
    assert len(pauses) == 1


def test_the_server_says_how_long_to_wait(both: Both, server: RecordingServer, pauses: list[float]) -> None:
    server.will(down(429, retry_after="7"), down(429, retry_after_ms="20", retry_after="7"), as_json({"data": []}))
    both.done(both.client.oauth_grants.list())
    assert pauses == [7.0, 0.02]


def test_a_wait_beyond_reason_is_left_to_the_caller(both: Both, server: RecordingServer, pauses: list[float]) -> None:
    server.behaviour = lambda _: down(429, retry_after="3600")
    with pytest.raises(RateLimitError) as raised:
        both.done(both.client.oauth_grants.list())
    assert raised.value.response.headers["retry-after"] == "3600"
    assert max(pauses) <= 1.0


def test_the_pauses_are_really_waited_for(both: Both, server: RecordingServer) -> None:
    arrivals: list[float] = []

    def note(_: Asked) -> Answer:
        arrivals.append(time.monotonic())
        return down(503, retry_after_ms="60") if len(arrivals) == 1 else as_json({"data": []})

    server.behaviour = note
    both.done(both.client.oauth_grants.list())
    assert arrivals[1] - arrivals[0] >= 0.06


def test_a_dropped_connection_is_tried_again_with_the_same_body(
    both: Both, server: RecordingServer, pauses: list[float]
) -> None:
    server.will(DROPPED, DROPPED, as_json({"access_token": "a", "token_type": "Bearer", "expires_in": 1}))
    token = both.done(both.client.oauth.token(grant_type="refresh_token", refresh_token="r"))
    assert token.access_token == "a"
    assert [asked.form["refresh_token"] for asked in server.asked] == ["r", "r", "r"]
    assert retry_counts(server) == ["0", "1", "2"]
    assert len(pauses) == 2


def test_a_server_that_only_drops_is_a_connection_error(
    both: Both, server: RecordingServer, pauses: list[float]
) -> None:
    server.behaviour = lambda _: DROPPED
    with pytest.raises(APIConnectionError, match=r"oauth_grants\.list: no answer .*after 3 attempts") as raised:
        both.done(both.client.oauth_grants.list())
    assert raised.value.attempts == len(server.asked) == 3
    assert len(pauses) == 2


def test_a_server_that_is_not_there_is_a_connection_error(
    make: Callable[..., Both], server: RecordingServer, pauses: list[float]
) -> None:
    server.stop()
    both = make()
    with pytest.raises(APIConnectionError, match="ConnectError"):
        both.done(both.client.oauth_grants.list())
    assert len(pauses) == 2


def test_no_answer_in_time_is_a_timeout_and_is_tried_again(
    both: Both, server: RecordingServer, pauses: list[float]
) -> None:
    released = threading.Event()

    def hesitate(_: object) -> Answer:
        released.wait(30)
        return DROPPED

    server.behaviour = hesitate
    with pytest.raises(APITimeoutError, match=r"no answer in time \(ReadTimeout\) \(after 2 attempts\)"):
        both.done(both.client.oauth_grants.list(timeout=0.05, max_retries=1))
    released.set()
    assert len(pauses) == 1


def test_what_can_never_be_sent_is_not_tried_again(both: Both, server: RecordingServer, pauses: list[float]) -> None:
    with pytest.raises(APIConnectionError, match="LocalProtocolError"):
        both.done(both.client.oauth_grants.list(extra_headers={"x-bad": "a\nb"}))
    assert (server.asked, pauses) == ([], [])


def exchange(**presented: str) -> tuple[str, dict[str, Any]]:
    return "token", {"grant_type": "authorization_code", "client_id": "c"} | presented


# Operations of `oauth` and `oauth_clients`, and whether to ask twice can do what asking once does not.
ONCE_ONLY = [
    ("create", CREATE),
    ("register", {"client_name": "n"}),
    exchange(code="s3cret"),
    exchange(grant_type="refresh_token", refresh_token="s3cret"),
]
AS_OFTEN_AS_YOU_LIKE = [
    ("delete", {"id": "1"}),
    ("update", {"id": "1", "name": "n"}),
    ("introspect", {"token": "s3cret"}),
    ("grants", {"allowed": True, "consent_token": "s3cret"}),
    ("revoke", {"token": "s3cret"}),
    exchange(grant_type="client_credentials"),
]


def levels_after(both: Both, call: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Of the lines that tell of its repeats; it ends with a refusal."""
    caplog.clear()
    caplog.set_level(logging.INFO, "grantwell.sdk")
    name, arguments = call
    resource = both.client.oauth if hasattr(both.client.oauth, name) else both.client.oauth_clients
    with pytest.raises(APIStatusError):
        both.done(getattr(resource, name)(**arguments))
    assert "s3cret" not in caplog.text
    return [record.levelname for record in caplog.records]


@pytest.mark.parametrize("failure", [DROPPED, down(500), down(502)], ids=["dropped", "500", "502"])
@pytest.mark.parametrize("call", ONCE_ONLY, ids=lambda call: str(call[1].get("grant_type", call[0])))
def test_a_repeat_that_could_take_effect_twice_is_said_aloud(
    both: Both,
    server: RecordingServer,
    pauses: list[float],
    caplog: pytest.LogCaptureFixture,
    call: tuple[str, dict[str, Any]],
    failure: Answer,
) -> None:
    server.will(failure, as_json({"error": "x"}, 400))
    assert levels_after(both, call, caplog) == ["WARNING"]
    said = caplog.records[0].getMessage()
    assert f".{call[0]}: " in said
    assert ", retry 1 of 2 in 0." in said
    assert said.endswith("it may have taken effect already, and take effect twice")
    assert len(pauses) == 1


@pytest.mark.parametrize("call", AS_OFTEN_AS_YOU_LIKE, ids=lambda call: str(call[1].get("grant_type", call[0])))
def test_a_repeat_that_does_no_harm_is_no_warning(
    both: Both,
    server: RecordingServer,
    pauses: list[float],
    caplog: pytest.LogCaptureFixture,
    call: tuple[str, dict[str, Any]],
) -> None:
    server.will(DROPPED, down(), as_json({"error": "x"}, 400))
    assert levels_after(both, call, caplog) == ["INFO", "INFO"]
    assert len(pauses) == 2


def test_a_repeat_of_what_was_refused_is_no_warning(
    both: Both, server: RecordingServer, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    server.will(down(429), as_json({"error": "x"}, 400))
    assert levels_after(both, ("create", CREATE), caplog) == ["INFO"]
    assert len(pauses) == 1


def test_a_yes_is_never_asked_for_again_whatever_the_server_says(
    both: Both, server: RecordingServer, pauses: list[float]
) -> None:
    server.behaviour = lambda _: as_json({"data": []}, x_should_retry="true")
    both.done(both.client.oauth_grants.list())
    assert (len(server.asked), pauses) == (1, [])


def test_a_repeat_of_what_never_arrived_is_no_warning(
    make: Callable[..., Both], server: RecordingServer, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "grantwell.sdk")
    server.stop()
    both = make()
    with pytest.raises(APIConnectionError):
        both.done(both.client.oauth_clients.create(**CREATE))
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]
    assert len(pauses) == 2
