"""Refusals in both dialects: RFC 6749's on top, the platform's catalogue beside it where management is asked."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management, assert_refused_plainly

CREATE = {"name": "x", "client_type": "public", "allowed_scopes": ["admin"], "allowed_grant_types": []}
Ask = Callable[[Server], Awaitable[httpx.Response]]


def manage(method: str, path: str, **more: object) -> Ask:
    return lambda server: server.manage(method, path, **more)  # type: ignore[arg-type]  # whatever httpx takes


REFUSALS = {
    "malformed": (manage("POST", "/oauth_clients", content=b"{", headers={"Content-Type": "application/json"}), 400),
    "out of range": (manage("GET", "/oauth_clients", params={"page[size]": "0"}), 400),
    "no bearer": (manage("GET", "/oauth_clients", key=""), 401),
    "unknown bearer": (manage("GET", "/oauth_clients", key="unheard-of"), 401),
    "unknown client": (manage("GET", "/oauth_clients/x"), 404),
    "unknown grant": (manage("DELETE", "/oauth_grants/x"), 404),
    "unknown path": (manage("GET", "/oauth/clients"), 404),
    "wrong method": (manage("PATCH", "/oauth_clients"), 405),
    "wrong type": (manage("POST", "/oauth_clients", content=b"x"), 415),
    "wrong value": (manage("POST", "/oauth_clients", json=CREATE | {"allowed_scopes": ["x"]}), 422),
    "bad consent token": (manage("GET", "/oauth/consent/x"), 422),
    "bad decision": (manage("POST", "/oauth/grants", json={"allowed": True, "consent_token": "x"}), 422),
}
CATALOGUE = {
    400: ("10015", "Bad Request"),
    401: ("10009", "Authentication failed"),
    403: ("10010", "Authorization failed"),
    404: ("10005", "Resource not found"),
    405: ("10015", "Method not allowed"),
    415: ("10014", "Unsupported Media Type"),
    422: ("10027", "Unprocessable entity"),
    429: ("10011", "Too many requests"),
}
CODES = {400: "invalid_request", 401: "invalid_token", 404: "not_found", 405: "method_not_allowed"}


@requirement("errors.catalogue")
@pytest.mark.parametrize("name", REFUSALS)
async def test_management_errors_bear_the_platforms_code_and_title_too(server: Server, name: str) -> None:
    ask, status = REFUSALS[name]
    answer = await ask(server)
    for error in assert_refused_by_management(answer, status, CODES.get(status, "invalid_request")):
        assert (error["code"], error["title"]) == CATALOGUE[status]
        assert error["detail"]


@requirement("errors.catalogue")
async def test_rights_and_limits_are_told_in_both_dialects_as_well(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"consent": "1/hour"})
    own = await server.client_token(await server.make_client())
    (error,) = assert_refused_by_management(
        await server.manage("GET", "/oauth_grants", key=own), 403, "insufficient_scope"
    )
    assert (error["code"], error["title"]) == CATALOGUE[403]
    await server.manage("GET", "/oauth/consent/x")
    (error,) = assert_refused_by_management(await server.manage("GET", "/oauth/consent/x"), 429, "too_many_requests")
    assert (error["code"], error["title"]) == CATALOGUE[429]


@requirement("errors.source")
async def test_each_problem_names_its_place_in_the_body_or_in_the_query(server: Server) -> None:
    answer = await server.manage("POST", "/oauth_clients", json=CREATE | {"name": "", "logo_uri": "x", "a/b~c": 1})
    pointers = [error["source"]["pointer"] for error in assert_refused_by_management(answer, 422, "invalid_request")]
    assert pointers == ["/a~1b~0c"]
    answer = await server.manage("POST", "/oauth_clients", json=CREATE | {"name": "", "logo_uri": "x"})
    pointers = [error["source"]["pointer"] for error in assert_refused_by_management(answer, 422, "invalid_request")]
    assert sorted(pointers) == ["/logo_uri", "/name"]
    answer = await server.manage("GET", "/oauth_clients", params={"filter[verified]": "x"})
    (error,) = assert_refused_by_management(answer, 400, "invalid_request")
    assert error["source"] == {"parameter": "filter[verified]"}


@requirement("errors.protocol")
async def test_protocol_errors_have_two_fields_and_no_more(server: Server) -> None:
    client = await server.make_client()
    for answer, status, error in (
        (await server.token(client, "password"), 400, "unsupported_grant_type"),
        (await server.token(Client("x", "y"), "client_credentials"), 401, "invalid_client"),
        (await server.rotate(client, "x"), 400, "invalid_grant"),
        (await server.http.post("/v2/oauth/introspect", data=client.credentials), 400, "invalid_request"),
        (await server.http.post("/v2/oauth/revoke", data={"token": "x"}), 401, "invalid_client"),
    ):
        assert_refused_plainly(answer, status, error)
