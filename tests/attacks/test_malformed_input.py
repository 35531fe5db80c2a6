"""Input that no client sends by accident, at every operation that reads a body: refused, and never a 5xx."""

import json
import re
from urllib.parse import urlencode

import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Client, Json, bearer
from tests.support.api import FORM
from tests.support.operations import ALL_OPERATIONS, WITH_BODY
from tests.support.server import Server

from grantwell.asgi.event import Event
from grantwell.asgi.http import Message

JSON = "application/json"
NESTED = {"[": 60_000, '{"a":': 12_000}

BAD_JSON = {
    "not JSON": b"{",
    "two values": b"{}{}",
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"1",
    "invalid UTF-8": b'{"token": "\xff\xfe"}',
    "UTF-16": '{"token": "x"}'.encode("utf-16"),
    "half a character": b'{"token": "\\ud83d"}',
    "half a character as a name": b'{"\\ud83d": "x"}',
    "NUL": b'{"token": "\\u0000", "grant_type": "\\u0000", "name": "\\u0000", "email": "\\u0000"}',
    "NUL as a name": b'{"\\u0000": "x"}',
    "a raw NUL": b'{"token": "\x00"}',
    "repeated names": b'{"token": "a", "token": "b", "grant_type": "a", "grant_type": "b"}',
    "repeated names inside": b'{"token": {"a": 1, "a": 2}}',
    "NaN": b'{"token": NaN}',
    "Infinity": b'{"token": -Infinity}',
    "a huge number": b'{"token": 1' + b"0" * 5_000 + b"}",
    "deep lists": b'{"token": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": b"[" * 60_000,
    "a comment": b'{"token": "x" /* y */}',
    "a byte order mark": b"\xef\xbb\xbf{}",
}
BAD_FORMS = {
    "invalid UTF-8": b"token=%ff%fe&grant_type=%ff",
    "a raw byte": b"token=\xff&grant_type=x",
    "half a character": b"token=%ED%A0%BD",
    "NUL": b"token=%00&grant_type=%00&client_id=%00",
    "NUL as a name": b"%00=x",
    "repeated names": b"token=a&token=b&grant_type=a&grant_type=b",
    "repeated by encoding": b"token=a&%74oken=b&grant_type=a&gran%74_type=b",
    "bad escapes": b"token=%&grant_type=%g0&client_id=%1",
    "no names": b"=x&=y",
    "nothing": b"&&&",
    "many": b"&".join(b"p%d=x" % number for number in range(6_000)),
    "brackets": b"token[a]=x&grant_type[]=y&scope[a]=b",
}
TYPES: list[object] = [7, -1.5, True, None, [], {}, ["x"], {"a": "b"}, "", "x" * 60_000, "🙂", "' OR 1=1 --"]
FIELDS = (
    *("token", "grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier", "refresh_token"),
    *("scope", "resource", "token_type_hint", "client_name", "redirect_uris", "grant_types", "response_types", "name"),
    *("token_endpoint_auth_method", "logo_uri", "tos_uri", "policy_uri", "client_type", "allowed_scopes", "session"),
    *("allowed_grant_types", "require_pkce", "allowed", "consent_token", "email", "password"),
)


class Target:
    """One operation, with what is needed to get past its door, so that the input is what decides."""

    def __init__(self, server: Server, name: str, client: Client, bearer_token: str) -> None:
        self.server = server
        self.bearer_token = bearer_token
        self.wire = WITH_BODY[name]
        self.client = client

    async def hit(self, body: bytes, content_type: str = JSON) -> int:
        path = self.wire.path.replace("{id}", self.client.client_id)
        headers = self.client.basic if self.wire.form else bearer(self.bearer_token)
        headers = headers | {"Content-Type": content_type}
        answer = await self.server.http.request(self.wire.method, path, content=body, headers=headers)
        assert answer.status_code < 500, (body[:60], answer.text)
        assert "x-request-id" in answer.headers
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/json"
            assert answer.json()["error"]
        return answer.status_code


@pytest.fixture(params=WITH_BODY)
async def target(request: pytest.FixtureRequest, server: Server) -> Target:
    # Of all bearers that of a session opens the most doors; one is opened only by a key that vouches for people.
    if request.param == "CreateSignInTicket":
        token = (await server.make_colleague(capabilities=("sessions",))).api_key
    else:
        token = await server.session_token()
    return Target(server, request.param, await server.make_client(), token)


@requirement("attacks.malformed-json")
async def test_json_that_is_none_is_a_client_error(target: Target) -> None:
    assert {name: await target.hit(body) for name, body in BAD_JSON.items()} == dict.fromkeys(BAD_JSON, 400)


@requirement("attacks.malformed-forms")
async def test_forms_that_are_none_are_client_errors(target: Target) -> None:
    for name, body in BAD_FORMS.items():
        expected = {400, 401} if target.wire.form else {415}
        assert await target.hit(body, FORM) in expected, name


@requirement("attacks.wrong-types")
async def test_values_of_every_type_in_every_field_are_answered(target: Target) -> None:
    for field in FIELDS:
        for value in TYPES:
            await target.hit(json.dumps({field: value}).encode())
    everything: Json = dict.fromkeys(FIELDS)
    for value in TYPES[:-1]:
        await target.hit(json.dumps(everything | dict.fromkeys(FIELDS, value)).encode()[: 64 * 1024])


@requirement("attacks.wrong-content-types")
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/jsonp", "*/*", ";"]
)
async def test_every_other_content_type_is_refused(target: Target, kind: str) -> None:
    assert await target.hit(b'{"token": "x"}', kind) == 415


@requirement("attacks.malformed-queries")
@pytest.mark.parametrize("name", [name for name, wire in ALL_OPERATIONS.items() if wire.method == "GET"])
async def test_queries_that_are_none_are_answered(server: Server, name: str) -> None:
    path = ALL_OPERATIONS[name].path.replace("{id}", "x").replace("{consent_token}", "x")
    token = await server.session_token()
    for body in BAD_FORMS.values():
        query = body if body.isascii() else body.replace(b"\xff", b"%FF")
        answer = await server.http.get(f"{path}?{query.decode()}", headers=bearer(token))
        assert answer.status_code < 500
        assert "x-request-id" in answer.headers


@requirement("attacks.malformed-paths")
@pytest.mark.parametrize(
    "segment", ["%00", "%ff", "%2e%2e", "%2F", "a%0d%0ab", "' OR 1=1 --", "x" * 8000, "%F0%9F%99%82"]
)
async def test_path_segments_that_are_none_are_answered(server: Server, segment: str) -> None:
    token = await server.session_token()
    for name, wire in ALL_OPERATIONS.items():
        if "{" in wire.path:
            path = re.sub(r"\{\w+\}", lambda _: segment, wire.path)
            answer = await server.http.request(wire.method, path, headers=bearer(token))
            # A slash that was encoded is one all the same: then there is no such path, or no such method.
            assert answer.status_code in ((404, 422) if wire.method != "PUT" else (404, 415)), name
            assert answer.json()["error"]


class RawRequest:
    """One request to the token endpoint, message by message, as a server hands it over."""

    def __init__(self, *messages: Message, length: int | None = None) -> None:
        self.messages = list(messages)
        lengths = [] if length is None else [(b"content-length", str(length).encode())]
        self.headers = [(b"host", b"127.0.0.1:8000"), (b"content-type", FORM.encode()), *lengths]

    async def carried_by(self, server: Server) -> Event:
        """What the request came to."""

        async def receive() -> Message:
            return self.messages.pop(0)

        async def send(_message: Message) -> None:
            """Nobody listens."""

        scope = {"type": "http", "method": "POST", "path": "/v2/oauth/token", "query_string": b""}
        await server.app(scope | {"headers": self.headers}, receive, send)
        return server.events[-1]


@requirement("attacks.disconnected")
async def test_a_request_whose_sender_left_half_way_is_not_carried_out(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    form = urlencode(client.credentials | {"grant_type": "refresh_token", "refresh_token": token}).encode()
    half: Message = {"type": "http.request", "body": form, "more_body": True}
    event = await RawRequest(half, {"type": "http.disconnect"}).carried_by(server)
    assert event.reason == "body_incomplete"
    assert (await server.introspect(client, token))["active"] is True


@requirement("wire.body-size")
async def test_a_body_that_says_that_it_is_too_large_is_not_even_read(server: Server) -> None:
    body: Message = {"type": "http.request", "body": b"x", "more_body": True}
    request = RawRequest(body, length=2**40)
    assert (await request.carried_by(server)).reason == "body_too_large"
    assert request.messages == [body]
