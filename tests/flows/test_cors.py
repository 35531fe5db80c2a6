"""Which answers a script in a browser may read, and from where."""

from typing import Any

import httpx
import pytest
from tests.requirements.marker import requirement
from tests.support.actors import bearer
from tests.support.server import Server

ORIGIN = {"Origin": "https://inspector.example"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

OPEN = [
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/v2/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/oauth-protected-resource"),
    ("GET", "/v2/oauth/jwks"),
    ("POST", "/v2/oauth/register"),
    ("POST", "/v2/oauth/token"),
    ("POST", "/v2/oauth/revoke"),
]
CLOSED = [
    ("GET", "/v2/oauth/authorize"),
    ("GET", "/v2/oauth/consent/x"),
    ("POST", "/v2/oauth/grants"),
    ("POST", "/v2/oauth/introspect"),
    ("GET", "/v2/oauth_clients"),
    ("POST", "/v2/oauth_clients"),
    ("PUT", "/v2/oauth_clients/x"),
    ("GET", "/v2/oauth_grants"),
    ("DELETE", "/v2/oauth_grants/x"),
    ("POST", "/v2/sessions"),
    ("POST", "/v2/sessions/token"),
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("GET", "/consent"),
    ("GET", "/healthz"),
]


@requirement("cors.open")
@pytest.mark.parametrize(("method", "path"), OPEN)
async def test_what_takes_no_ambient_credential_is_readable_from_anywhere(
    server: Server, method: str, path: str
) -> None:
    client = await server.make_client()
    form = {"grant_type": "client_credentials", "token": "x"} | client.credentials
    sent: dict[str, Any] = {"json": {}} if path.endswith("register") else {"data": form} if method == "POST" else {}
    answer = await server.http.request(method, path, headers=ORIGIN, **sent)
    assert answer.status_code in (200, 201)
    assert_readable(answer)
    preflight = await server.http.options(path, headers=PREFLIGHT)
    assert preflight.status_code == 204
    assert_readable(preflight)
    assert method in preflight.headers["access-control-allow-methods"].split(", ")
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert int(preflight.headers["access-control-max-age"]) > 0


def assert_readable(answer: httpx.Response) -> None:
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"www-authenticate", "retry-after"} <= exposed


@requirement("cors.errors")
@pytest.mark.parametrize("path", ["/v2/oauth/token", "/v2/oauth/register", "/v2/oauth/revoke"])
async def test_their_errors_are_readable_too(server: Server, path: str) -> None:
    json = {"Content-Type": "application/json"}
    too_large = await server.http.post(path, headers=ORIGIN | json, content=b"x" * 70_000)
    malformed = await server.http.post(path, headers=ORIGIN | json, content=b"{")
    wrong_type = await server.http.post(path, headers=ORIGIN, content=b"x")
    wrong_method = await server.http.get(path, headers=ORIGIN)
    statuses = [each.status_code for each in (too_large, malformed, wrong_type, wrong_method)]
    assert statuses == [413, 400, 415, 405]
    for answer in (too_large, malformed, wrong_type, wrong_method):
        assert_readable(answer)


@requirement("cors.errors")
async def test_a_refused_client_is_told_so_in_its_script(server: Server) -> None:
    client = (await server.make_client()).with_secret("wrong")
    form = {"grant_type": "client_credentials"}
    answer = await server.http.post("/v2/oauth/token", data=form, headers=ORIGIN | client.basic)
    assert answer.status_code == 401
    assert_readable(answer)


@requirement("cors.closed")
@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_everything_else_is_readable_from_nowhere(server: Server, method: str, path: str) -> None:
    headers = ORIGIN | bearer(server.api_key)
    for answer in (
        await server.http.request(method, path, headers=headers),
        await server.http.options(path, headers=PREFLIGHT),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
