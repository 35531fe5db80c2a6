"""The middleware in front of an application that knows nothing of tokens."""

from collections.abc import Collection
from typing import Any

import httpx
import pytest
from tests.requirements.marker import requirement
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.resource.challenges import challenge_of
from tests.resource.conftest import MakeResource
from tests.support.actors import bearer

from grantwell.resource import Introspection, ProtectedResource
from grantwell.resource.asgi import RequireToken

METADATA = "/.well-known/oauth-protected-resource"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says who it is told is calling."""
    token = scope.get("state", {}).get("access_token")
    body = b"nobody" if token is None else token.client_id.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


def calling(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=RESOURCE)


async def test_a_good_token_comes_through_and_is_told_to_the_application(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    client = server.client()
    async with calling(RequireToken(application, api, scopes=["orders:read"])) as http:
        answer = await http.get("/orders", headers=bearer(server.token_of(client)))
    assert (answer.status_code, answer.text) == (200, client.client_id)


@requirement("protected-resource.challenge")
async def test_a_request_without_a_token_learns_where_to_get_one_and_for_what(api: ProtectedResource) -> None:
    async with calling(RequireToken(application, api, scopes=["orders:read", "offline_access"])) as http:
        answer = await http.get("/orders")
    assert answer.status_code == 401
    assert challenge_of(answer) == {"resource_metadata": f"{RESOURCE}{METADATA}", "scope": "orders:read"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error"] == "invalid_token"


@requirement("protected-resource.invalid-token")
async def test_a_bad_token_is_401_and_says_so(server: AuthorizationServer, api: ProtectedResource) -> None:
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get("/orders", headers=bearer(server.token(resource="https://elsewhere.example.com")))
    assert answer.status_code == 401
    assert challenge_of(answer) == {
        "resource_metadata": f"{RESOURCE}{METADATA}",
        "error": "invalid_token",
        "error_description": f"the access token is for https://elsewhere.example.com, and this is {RESOURCE}",
    }


@requirement("protected-resource.insufficient-scope")
async def test_a_token_with_too_few_scopes_is_403_and_all_of_them_are_named(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    async with calling(RequireToken(application, api, scopes=["orders:read", "orders:write"])) as http:
        answer = await http.get("/orders", headers=bearer(server.token("orders:read")))
    assert answer.status_code == 403
    challenge = challenge_of(answer)
    assert (challenge["error"], challenge["scope"]) == ("insufficient_scope", "orders:read orders:write")
    assert challenge["resource_metadata"] == f"{RESOURCE}{METADATA}"


async def test_what_a_request_needs_may_depend_on_it(server: AuthorizationServer, api: ProtectedResource) -> None:
    def needed(scope: Any) -> Collection[str]:
        return ["orders:read"] if scope["method"] == "GET" else ["orders:write"]

    token = bearer(server.token("orders:read"))
    async with calling(RequireToken(application, api, scopes=needed)) as http:
        assert (await http.get("/orders", headers=token)).status_code == 200
        refused = await http.post("/orders", headers=token)
    assert challenge_of(refused)["scope"] == "orders:write"


@requirement("protected-resource.unavailable")
async def test_a_server_that_cannot_be_asked_is_not_the_tokens_fault(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = server.token()
    server.stop()
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get("/orders", headers=bearer(token))
    server.start()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "www-authenticate" not in answer.headers


@requirement("protected-resource.no-query")
@pytest.mark.parametrize("query", ["access_token={}", "page=2&access_token={}", "access_token="])
async def test_a_token_in_a_query_string_is_never_taken(
    query: str, server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = server.token()
    async with calling(RequireToken(application, api)) as http:
        alone = await http.get(f"/orders?{query.format(token)}")
        beside = await http.get(f"/orders?{query.format(token)}", headers=bearer(token))
    for answer in (alone, beside):
        assert answer.status_code == 400
        assert challenge_of(answer)["error"] == "invalid_request"
        assert token not in answer.text


async def test_a_parameter_that_only_looks_like_one_hurts_nobody(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get("/orders?my_access_token=x&q=access_token=", headers=bearer(server.token()))
    assert answer.status_code == 200


async def test_two_authorization_headers_are_refused(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = server.token()
    two = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer another")]
    async with calling(RequireToken(application, api)) as http:
        assert (await http.get("/orders", headers=two)).status_code == 400


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "token abc", ""])
async def test_another_scheme_is_no_token(header: str, api: ProtectedResource) -> None:
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get("/orders", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "error" not in challenge_of(answer)


async def test_the_scheme_is_read_in_any_case(server: AuthorizationServer, api: ProtectedResource) -> None:
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get("/orders", headers={"Authorization": f"bearer {server.token()}"})
    assert answer.status_code == 200


@requirement("protected-resource.metadata")
@pytest.mark.parametrize("path", [METADATA, f"{METADATA}/", f"{METADATA}/mcp", f"{METADATA}/mcp/"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_metadata_are_at_every_address_where_clients_look(
    path: str, slash: str, server: AuthorizationServer, make_resource: MakeResource
) -> None:
    api = make_resource(f"{RESOURCE}/mcp{slash}", scopes=["orders:read", "offline_access"], name="Orders")
    async with calling(RequireToken(application, api)) as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "resource": f"{RESOURCE}/mcp{slash}",
        "authorization_servers": [server.origin],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["orders:read"],
        "resource_name": "Orders",
    }


async def test_the_metadata_are_where_the_challenge_says(make_resource: MakeResource) -> None:
    async with calling(RequireToken(application, make_resource(f"{RESOURCE}/v2/mcp"))) as http:
        told = challenge_of(await http.get("/v2/mcp"))["resource_metadata"]
        assert told == f"{RESOURCE}{METADATA}/v2/mcp"
        assert (await http.get(told)).json()["resource"] == f"{RESOURCE}/v2/mcp"
        assert (await http.head(told)).content == b""
        assert (await http.get(f"{METADATA}/v2")).status_code == 401


async def test_public_paths_need_no_token(api: ProtectedResource) -> None:
    async with calling(RequireToken(application, api, public=["/health", "/docs/"])) as http:
        for path in ("/health", "/health/deep", "/docs", "/docs/a"):
            assert (await http.get(path)).text == "nobody"
        for path in ("/healthy", "/", "/orders/health"):
            assert (await http.get(path)).status_code == 401


async def test_a_browser_may_ask_before_it_sends_a_token(api: ProtectedResource) -> None:
    asking = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    async with calling(RequireToken(application, api)) as http:
        assert (await http.options("/orders", headers=asking)).status_code == 200
        assert (await http.options("/orders")).status_code == 401


async def run(app: Any, scope: dict[str, Any]) -> list[Any]:
    """What an application sends for a scope."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nothing is to be received")

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def websocket(*headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    return {"type": "websocket", "path": "/live", "query_string": b"", "headers": list(headers), **more}


async def test_a_websocket_needs_a_token_too(server: AuthorizationServer, api: ProtectedResource) -> None:
    async def accepting(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "client": scope["state"]["access_token"].client_id})

    app = RequireToken(accepting, api)
    client = server.client()
    token = f"Bearer {server.token_of(client)}".encode()
    assert await run(app, websocket((b"authorization", token))) == [
        {"type": "websocket.accept", "client": client.client_id}
    ]
    assert await run(app, websocket()) == [{"type": "websocket.close", "code": 1008, "reason": ""}]
    start, _ = await run(app, websocket(extensions={"websocket.http.response": {}}))
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)


async def test_the_connections_of_introspection_are_closed_with_the_application(
    server: AuthorizationServer, make_resource: MakeResource
) -> None:
    client = server.client()
    asking = Introspection(client_id=client.client_id, client_secret=client.client_secret or "")
    api = make_resource(introspection=asking)

    async def living(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await api.verify_async(server.token_of(client))
        assert api._introspector is not None
        http = api._introspector.async_http()
        await send({"type": "lifespan.shutdown.complete"})
        assert http.is_closed

    sent = await run(RequireToken(living, api), {"type": "lifespan", "state": {}})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_what_the_application_has_put_into_the_state_stays_there(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    seen: dict[str, Any] = {}

    async def looking(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope["state"])

    token = f"Bearer {server.token()}".encode()
    state = {"database": "of the application"}
    await run(RequireToken(looking, api), websocket((b"authorization", token), state=state))
    assert seen["database"] == "of the application"
    # The state that came is that of every request of the connection.
    assert "access_token" not in state


async def test_a_question_for_the_head_alone_gets_no_body(api: ProtectedResource) -> None:
    scope = websocket(method="HEAD") | {"type": "http", "path": METADATA}
    start, body = await run(RequireToken(application, api), scope)
    assert int(dict(start["headers"])[b"content-length"]) > 0
    assert body["body"] == b""
