"""Each of the operations over the wire: what is asked, and what the answer becomes."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.sdk.clients import Both
from tests.sdk.conftest import API_KEY
from tests.sdk.recording_server import Answer, RecordingServer, as_json
from tests.sdk.records import OAUTH_CLIENT, OAUTH_GRANT

from grantwell.sdk.types import OAuthClient, OAuthGrant

BEARER = f"Bearer {API_KEY}"
TOKEN = {"access_token": "access-s3cret", "token_type": "Bearer", "expires_in": 1800, "refresh_token": "refresh-s3cret"}
AUTHORIZE = {"client_id": "c", "redirect_uri": "https://app.test/cb", "response_type": "code"}
CREATE: dict[str, Any] = {
    "name": "n",
    "allowed_scopes": ["admin"],
    "client_type": "public",
    "allowed_grant_types": ["authorization_code"],
}

CALLS: list[tuple[str, dict[str, Any], str, str, str | None, object]] = [
    (
        "well_known.retrieve_authorization_server_metadata",
        {},
        "GET",
        "/.well-known/oauth-authorization-server",
        None,
        {},
    ),
    ("well_known.retrieve_protected_resource_metadata", {}, "GET", "/.well-known/oauth-protected-resource", None, {}),
    ("oauth.retrieve_authorize", AUTHORIZE, "GET", "/oauth/authorize", None, {}),
    ("oauth.retrieve", {"consent_token": "t"}, "GET", "/oauth/consent/t", BEARER, {"data": {}}),
    ("oauth.grants", {"allowed": True, "consent_token": "t"}, "POST", "/oauth/grants", BEARER, {"redirect_uri": "x:/"}),
    ("oauth.introspect", {"token": "t"}, "POST", "/oauth/introspect", BEARER, {"active": False}),
    ("oauth.introspect", {"token": "t", "client_id": "c"}, "POST", "/oauth/introspect", None, {"active": False}),
    ("oauth.retrieve_jwks", {}, "GET", "/oauth/jwks", None, {"keys": []}),
    ("oauth.register", {}, "POST", "/oauth/register", BEARER, {"client_id": "c", "client_id_issued_at": 1}),
    ("oauth.token", {"grant_type": "client_credentials"}, "POST", "/oauth/token", None, TOKEN),
    ("oauth.revoke", {"token": "t"}, "POST", "/oauth/revoke", None, {}),
    ("oauth_clients.list", {}, "GET", "/oauth_clients", BEARER, {"data": []}),
    ("oauth_clients.create", CREATE, "POST", "/oauth_clients", BEARER, {"data": OAUTH_CLIENT}),
    ("oauth_clients.retrieve", {"id": "1"}, "GET", "/oauth_clients/1", BEARER, {"data": OAUTH_CLIENT}),
    ("oauth_clients.update", {"id": "1"}, "PUT", "/oauth_clients/1", BEARER, {"data": OAUTH_CLIENT}),
    ("oauth_clients.delete", {"id": "1"}, "DELETE", "/oauth_clients/1", BEARER, {}),
    ("oauth_grants.list", {}, "GET", "/oauth_grants", BEARER, {"data": []}),
    ("oauth_grants.retrieve", {"id": "1"}, "GET", "/oauth_grants/1", BEARER, {"data": OAUTH_GRANT}),
    ("oauth_grants.delete", {"id": "1"}, "DELETE", "/oauth_grants/1", BEARER, {"data": OAUTH_GRANT}),
]


def method_of(client: Any, name: str) -> Callable[..., Any]:
    resource, _, method = name.partition(".")
    found: Callable[..., Any] = getattr(getattr(client, resource), method)
    return found


@pytest.mark.parametrize(("name", "arguments", "method", "path", "credential", "answer"), CALLS)
def test_each_operation_asks_for_its_own_path_with_a_key_where_one_is_wanted(
    both: Both,
    server: RecordingServer,
    name: str,
    arguments: dict[str, Any],
    method: str,
    path: str,
    credential: str | None,
    answer: object,
) -> None:
    server.will(as_json(answer))
    both.done(method_of(both.client, name)(**arguments))
    assert (server.last.method, server.last.path) == (method, "/v2" + path)
    assert server.last.headers.get("authorization") == credential
    assert len(server.asked) == 1


@pytest.mark.parametrize(("name", "arguments"), [each[:2] for each in CALLS])
def test_each_operation_can_be_had_as_it_came(
    both: Both, server: RecordingServer, name: str, arguments: dict[str, Any]
) -> None:
    server.will(as_json({"some": "thing"}, 201, x_request_id="req-1"))
    resource, _, method = name.partition(".")
    raw = both.done(getattr(getattr(both.client, resource).with_raw_response, method)(**arguments))
    assert (raw.status_code, raw.headers["X-Request-Id"], raw.request_id) == (201, "req-1", "req-1")
    assert both.done(raw.json()) == {"some": "thing"}
    assert both.done(raw.text()) == '{"some": "thing"}'
    assert raw.retries_taken == 0


def test_arguments_arrive_by_their_names_on_the_wire(both: Both, server: RecordingServer) -> None:
    server.behaviour = lambda _: as_json({"data": []})
    both.done(
        both.client.oauth_clients.list(
            filter_allowed_grant_types_contains="refresh_token",
            filter_client_id="c",
            filter_client_type="public",
            filter_name="n",
            filter_name_contains="m",
            filter_verified=False,
            page_number=2,
            page_size=7,
        )
    )
    assert server.last.query == {
        "filter[allowed_grant_types][contains]": "refresh_token",
        "filter[client_id]": "c",
        "filter[client_type]": "public",
        "filter[name]": "n",
        "filter[name][contains]": "m",
        "filter[verified]": "false",
        "page[number]": "2",
        "page[size]": "7",
    }


def test_a_token_is_asked_for_with_a_form_and_does_not_show(both: Both, server: RecordingServer) -> None:
    server.will(as_json(TOKEN | {"id_token": "id-s3cret"}))
    arguments = {"client_id": "c", "client_secret": "s", "code": "a+b", "code_verifier": "v", "redirect_uri": "x:/"}
    token = both.done(
        both.client.oauth.token(grant_type="authorization_code", resource="https://api.test", **arguments)
    )
    assert server.last.form == {"grant_type": "authorization_code", "resource": "https://api.test"} | arguments
    assert (token.access_token, token.refresh_token, token.expires_in) == ("access-s3cret", "refresh-s3cret", 1800)
    assert token.extra == {"id_token": "id-s3cret"}
    assert "s3cret" not in repr(token)


def test_a_client_is_made_of_json_and_comes_back_whole(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"data": OAUTH_CLIENT}, 201))
    made: OAuthClient = both.done(both.client.oauth_clients.create(**CREATE, require_pkce=True)).data
    assert server.last.json == CREATE | {"require_pkce": True}
    assert made.client_secret == "client-s3cret"
    assert made.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert made.updated_at == datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=1)))
    assert made.extra == {"colour": "blue"}
    assert "s3cret" not in repr(made)


def test_what_the_server_says_beyond_the_fields_is_there_by_its_name(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"data": OAUTH_CLIENT}))
    client: Any = both.done(both.client.oauth_clients.retrieve("1")).data
    assert client.colour == "blue"
    assert copy.deepcopy(client) == pickle.loads(pickle.dumps(client)) == client
    with pytest.raises(AttributeError, match="'OAuthClient' object has no attribute 'color'"):
        client.color  # noqa: B018 -- what is not there is the point


def test_a_result_can_be_written_as_json(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"data": OAUTH_CLIENT}))
    answer = both.done(both.client.oauth_clients.retrieve("1"))
    written = json.loads(answer.to_json())["data"]
    assert {name: written[name] for name in OAUTH_CLIENT} == OAUTH_CLIENT | {
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-02T03:04:05.678000+01:00",
    }
    assert "\n" not in answer.to_json(indent=None)


def test_what_the_server_leaves_out_is_none(both: Both, server: RecordingServer) -> None:
    needed = ("id", "record_type", "client_id", "scopes", "created_at")
    server.will(as_json({"data": {name: OAUTH_GRANT[name] for name in needed}}))
    grant: OAuthGrant = both.done(both.client.oauth_grants.retrieve("1")).data
    assert grant.last_used_at is None


def test_a_consent_keeps_scopes_and_what_else_the_server_says(both: Both, server: RecordingServer) -> None:
    scope = {"id": "admin", "name": "admin", "description": "Everything", "risk": "high"}
    server.will(as_json({"data": {"client_id": "c", "requested_scopes": [scope], "verified": False}, "resource": "r"}))
    answer = both.done(both.client.oauth.retrieve("t"))
    assert answer.data.requested_scopes[0].description == "Everything"
    assert answer.data.requested_scopes[0].extra == {"risk": "high"}
    assert (answer.data.verified, answer.data.logo_uri, answer.extra) == (False, None, {"resource": "r"})


def test_where_a_decision_leads_does_not_show(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"redirect_uri": "https://app.test/cb?code=s3cret"}))
    decided = both.done(both.client.oauth.grants(allowed=False, consent_token="t"))
    assert server.last.json == {"allowed": False, "consent_token": "t"}
    assert decided.redirect_uri == "https://app.test/cb?code=s3cret"
    assert "s3cret" not in repr(decided)


def test_an_audience_may_be_a_string_or_a_list_of_them(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"active": True, "aud": "a"}), as_json({"active": True, "aud": ["a", "b"]}))
    assert both.done(both.client.oauth.introspect(token="t")).aud == "a"
    assert both.done(both.client.oauth.introspect(token="t")).aud == ["a", "b"]


def test_deleting_a_client_brings_nothing(both: Both, server: RecordingServer) -> None:
    server.will(Answer(204, b""))
    assert both.done(both.client.oauth_clients.delete("1")) is None


def test_authorize_goes_where_the_answer_points_as_the_official_sdk_does(both: Both, server: RecordingServer) -> None:
    server.will(Answer(302, b"", {"location": "/consent?x=1"}), Answer(200, b"<p>Allow?</p>", {}))
    assert both.done(both.client.oauth.retrieve_authorize(**AUTHORIZE)) == "<p>Allow?</p>"
    assert [asked.path for asked in server.asked] == ["/v2/oauth/authorize", "/consent"]


def test_authorize_can_bring_the_address_instead_of_going_there(both: Both, server: RecordingServer) -> None:
    server.will(Answer(302, b"", {"location": "https://app.test/cb?code=1"}))
    location = both.done(both.client.oauth.retrieve_authorize(**AUTHORIZE, state="", follow_redirects=False))
    assert location == "https://app.test/cb?code=1"
    assert server.last.query == AUTHORIZE | {"state": ""}
    assert server.last.headers["accept"] == "text/html"
    assert len(server.asked) == 1


def test_other_operations_of_the_server_can_be_called_by_their_paths(both: Both, server: RecordingServer) -> None:
    client, query = both.client, {"a": "b"}
    server.will(as_json({"id": 1}, 201), Answer(204, b""), Answer(200, b"pong", {}), as_json([1]))
    assert both.done(client.post("/sessions", body={"email": "a@b.test"}, extra_headers={"x-one": "1"})) == {"id": 1}
    assert (server.last.path, server.last.json) == ("/v2/sessions", {"email": "a@b.test"})
    assert (server.last.headers["authorization"], server.last.headers["x-one"]) == (BEARER, "1")
    assert both.done(client.delete("/sessions/1")) is None
    assert both.done(client.get("/ping", extra_query=query)) == "pong"
    assert server.last.query == query
    assert both.done(client.put("/things", body={})) == [1]
    assert [asked.method for asked in server.asked] == ["POST", "DELETE", "GET", "PUT"]


@pytest.mark.parametrize("path", ["https://evil.test/", "//evil.test/", "sessions", ""])
def test_a_path_that_could_carry_the_key_elsewhere_is_refused(both: Both, server: RecordingServer, path: str) -> None:
    with pytest.raises(ValueError, match="path must begin with one slash"):
        both.client.get(path)
    assert server.asked == []


def test_a_client_with_other_options_shares_connections_and_leaves_the_first_as_it_was(
    both: Both, server: RecordingServer
) -> None:
    other = both.client.with_options(api_key="another", default_headers={"x-team": "red"})
    both.done(other.oauth_grants.list())
    assert (server.last.headers["authorization"], server.last.headers["x-team"]) == ("Bearer another", "red")
    both.done(other.close())
    both.done(both.client.oauth_grants.list())
    assert server.last.headers["authorization"] == BEARER
    assert "x-team" not in server.last.headers
