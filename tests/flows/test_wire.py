"""What is the same for every request: methods, paths, content types, sizes, hosts, headers, health."""

import re
from typing import Any

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import bearer
from tests.support.api import FORM, body_of
from tests.support.server import ISSUER, Server
from tests.support.wire import assert_refused, assert_refused_by_management, assert_refused_plainly

TOKEN = "/v2/oauth/token"
READABLE = [
    "/.well-known/oauth-authorization-server",
    "/v2/.well-known/oauth-protected-resource",
    "/v2/oauth/jwks",
    "/v2/oauth_clients",
    "/v2/oauth_grants",
    "/openapi.json",
    "/healthz",
    "/readyz",
]


@requirement("wire.head")
@pytest.mark.parametrize("path", READABLE)
async def test_head_answers_as_get_does_without_the_body(server: Server, path: str) -> None:
    got = await server.http.get(path, headers=bearer(server.api_key))
    head = await server.http.head(path, headers=bearer(server.api_key))
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers.get(name) == got.headers.get(name)


@requirement("wire.options")
@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v2/oauth/token", "OPTIONS, POST"),
        ("/v2/oauth/authorize", "GET, HEAD, OPTIONS"),
        ("/v2/oauth_clients", "GET, HEAD, OPTIONS, POST"),
        ("/v2/oauth_clients/x", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/v2/oauth_grants/x", "DELETE, GET, HEAD, OPTIONS"),
        ("/.well-known/oauth-authorization-server", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_and_405_both_list_what_a_path_allows(server: Server, path: str, allow: str) -> None:
    options = await server.http.options(path)
    assert (options.status_code, options.headers["allow"], options.content) == (204, allow, b"")
    for method in ("PATCH", "TRACE", "PROPFIND"):
        refused = await server.http.request(method, path)
        (error,) = assert_refused_by_management(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == allow
        assert error["title"] == "Method not allowed"


@requirement("wire.unknown-path")
@pytest.mark.parametrize(
    "path", ["/v2/", "/v2", "/v2/oauth/clients", "/v2/oauth/token/", "/v2/oauth_clients/a/b", "/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_an_unknown_path_is_404_in_json(server: Server, path: str, method: str) -> None:
    answer = await server.http.request(method, path)
    body = assert_refused(answer, 404, "not_found")
    assert body["errors"][0]["code"] == "10005"


@requirement("wire.head-of-post")
async def test_head_of_what_cannot_be_got_is_405(server: Server) -> None:
    answer = await server.http.head(TOKEN)
    assert (answer.status_code, answer.content) == (405, b"")


@requirement("wire.content-types")
@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v2/oauth/token", "text/plain"),
        ("/v2/oauth/token", "multipart/form-data; boundary=x"),
        ("/v2/oauth/token", ""),
        ("/v2/oauth/introspect", "application/xml"),
        ("/v2/oauth/revoke", "text/plain"),
        ("/v2/oauth/register", FORM),
        ("/v2/oauth/grants", FORM),
        ("/v2/oauth_clients", "text/json"),
    ],
)
async def test_a_body_of_another_content_type_is_415(server: Server, path: str, wrong: str) -> None:
    headers = bearer(server.api_key) | ({"Content-Type": wrong} if wrong else {})
    answer = await server.http.post(path, content=b'{"a": "b"}', headers=headers)
    body = assert_refused(answer, 415, "invalid_request")
    assert "application/json" in body["error_description"]


@requirement("wire.body-size")
@pytest.mark.parametrize("path", ["/v2/oauth/token", "/v2/oauth/register", "/v2/oauth_clients"])
async def test_a_body_over_64_kib_is_413(server: Server, path: str) -> None:
    filled = b'{"client_name": "%s"}'
    largest = filled % (b"x" * (64 * 1024 - len(filled) + 2))
    headers = bearer(server.api_key) | {"Content-Type": "application/json"}
    assert len(largest) == 64 * 1024
    assert (await server.http.post(path, content=largest, headers=headers)).status_code in (400, 422)
    assert_refused(await server.http.post(path, content=largest + b" ", headers=headers), 413, "invalid_request")

    async def in_pieces() -> Any:
        for _ in range(70):
            yield b"x" * 1024

    assert_refused(await server.http.post(path, content=in_pieces(), headers=headers), 413, "invalid_request")


@requirement("wire.host")
async def test_a_request_for_another_host_is_421_and_every_loopback_name_is_ours(start_server: StartServer) -> None:
    server = await start_server(allowed_hosts=["auth.internal"])
    for ours in ("127.0.0.1:8000", "localhost:8000", "[::1]:9", "LOCALHOST", "auth.internal"):
        assert (await server.http.get("/healthz", headers={"Host": ours})).status_code == 200
    for others in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "", "auth.internal:1"):
        for path in ("/healthz", "/v2/oauth/jwks", "/", "/v2/oauth_clients"):
            answer = await server.http.get(path, headers={"Host": others} | bearer(server.api_key))
            assert_refused(answer, 421, "invalid_request")


@requirement("wire.host-public")
async def test_a_public_issuer_answers_for_itself_alone(start_server: StartServer) -> None:
    server = await start_server(issuer="https://auth.example")
    for ours in ("auth.example", "AUTH.example:443"):
        assert (await server.http.get("/healthz", headers={"Host": ours})).status_code == 200
    for others in ("127.0.0.1:8000", "localhost", "auth.example:444"):
        assert_refused(await server.http.get("/healthz", headers={"Host": others}), 421, "invalid_request")


@requirement("wire.single-headers")
@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Host"])
async def test_a_header_that_decides_something_comes_once(server: Server, name: str) -> None:
    one = {"Authorization": f"Bearer {server.api_key}", "Content-Type": "application/json", "Host": "localhost"}
    headers = [*one.items(), (name, one[name])]
    answer = await server.http.post("/v2/oauth_clients", headers=headers, content=b"{}")
    assert_refused(answer, 400, "invalid_request")


@requirement("wire.request-id")
@pytest.mark.parametrize("path", [*READABLE, "/v2/oauth/authorize", "/v2/nothing", "/", "/sign-in", "/nothing"])
async def test_every_answer_has_a_request_id_that_the_log_knows(server: Server, path: str) -> None:
    answers = [await server.http.get(path, headers={"X-Request-Id": "chosen"}) for _ in range(2)]
    identifiers = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(identifiers)) == 2
    assert [event.request_id for event in server.events[-2:]] == identifiers
    assert all(re.fullmatch("[0-9a-f]{24}", identifier) for identifier in identifiers)


@requirement("wire.health")
async def test_health_is_told_and_readiness_needs_the_database(server: Server) -> None:
    for path in ("/healthz", "/readyz"):
        assert body_of(await server.http.get(path)) == {"status": "ok"}
    await server.backend.close()
    assert (await server.http.get("/healthz")).status_code == 200
    answer = await server.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "missing": "database"})


@requirement("wire.unavailable")
async def test_without_its_database_the_server_says_503_and_when_to_come_back(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    await server.backend.close()
    for answer in (
        await server.rotate(client, tokens["refresh_token"]),
        await server.token(client, "client_credentials"),
        await server.http.post("/v2/oauth/introspect", data=client.credentials | {"token": "x"}),
    ):
        assert_refused_plainly(answer, 503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "1"
    for path in ("/oauth_clients", "/oauth_grants"):
        answer = await server.manage("GET", path)
        assert_refused_by_management(answer, 503, "temporarily_unavailable")
    assert (await server.http.get("/v2/oauth/jwks")).status_code == 200


@requirement("wire.no-cookies")
async def test_operations_set_and_read_no_cookies(server: Server) -> None:
    cookies = {"Cookie": f"session={server.api_key}; grantwell_session={server.api_key}"}
    answer = await server.http.get("/v2/oauth_clients", headers=cookies)
    assert_refused_by_management(answer, 401, "invalid_token")
    assert "set-cookie" not in answer.headers


@requirement("wire.openapi-served")
async def test_the_api_describes_itself(server: Server) -> None:
    document = body_of(await server.http.get("/openapi.json"))
    assert document["servers"] == [{"url": ISSUER}]
