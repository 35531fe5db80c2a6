"""The dependency for FastAPI."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Security, WebSocket
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.resource.challenges import challenge_of
from tests.support.actors import bearer

from grantwell.resource import AccessToken, ProtectedResource
from grantwell.resource.fastapi import protect


@pytest.fixture
def app(api: ProtectedResource) -> FastAPI:
    app = FastAPI()
    token = protect(app, api)

    @app.get("/me")
    async def me(caller: Annotated[AccessToken, Depends(token)]) -> str:
        return caller.client_id

    @app.get("/orders")
    def orders(caller: Annotated[AccessToken, Security(token, scopes=["orders:read"])]) -> list[str]:
        return sorted(caller.scopes)

    @app.websocket("/live")
    async def live(socket: WebSocket, caller: Annotated[AccessToken, Security(token, scopes=["orders:read"])]) -> None:
        await socket.accept(headers=[(b"caller", caller.client_id.encode())])

    @app.get("/health")
    async def health() -> str:
        return "well"

    return app


def calling(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=RESOURCE)


async def test_an_operation_gets_the_token(server: AuthorizationServer, app: FastAPI) -> None:
    client = server.client()
    token = bearer(server.token_of(client))
    async with calling(app) as http:
        assert (await http.get("/me", headers=token)).json() == client.client_id
        assert (await http.get("/orders", headers=token)).json() == ["orders:read"]
        assert (await http.get("/health")).json() == "well"


async def test_a_refusal_challenges_for_what_the_operation_needs(server: AuthorizationServer, app: FastAPI) -> None:
    async with calling(app) as http:
        missing = await http.get("/orders")
        poor = await http.get("/orders", headers=bearer(server.token("payments:write")))
        anywhere = await http.get("/me")
    assert (missing.status_code, challenge_of(missing)["scope"]) == (401, "orders:read")
    assert (poor.status_code, challenge_of(poor)["error"]) == (403, "insufficient_scope")
    assert poor.json() == {"detail": "the access token does not have every scope that this needs"}
    assert "scope" not in challenge_of(anywhere)


async def test_the_metadata_are_served(server: AuthorizationServer, app: FastAPI) -> None:
    async with calling(app) as http:
        told = challenge_of(await http.get("/me"))["resource_metadata"]
        assert (await http.get(told)).json()["authorization_servers"] == [server.origin]


async def test_the_description_of_the_api_says_what_needs_a_token(app: FastAPI) -> None:
    async with calling(app) as http:
        document = (await http.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["AccessToken"]["scheme"] == "bearer"
    assert document["paths"]["/orders"]["get"]["security"] == [{"AccessToken": ["orders:read"]}]
    assert "security" not in document["paths"]["/health"]["get"]


async def opening(app: FastAPI, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """What a websocket is told first."""
    scope = {
        "type": "websocket",
        "path": "/live",
        "query_string": b"",
        "headers": list(headers),
        "extensions": {"websocket.http.response": {}},
    }
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        told.append(message)

    await app(scope, receive, send)
    return told[0]


async def test_a_websocket_needs_a_token_too(server: AuthorizationServer, app: FastAPI) -> None:
    client = server.client()
    accepted = await opening(app, (b"authorization", f"Bearer {server.token_of(client)}".encode()))
    assert (accepted["type"], dict(accepted["headers"])[b"caller"]) == ("websocket.accept", client.client_id.encode())
    refused = await opening(app)
    assert (refused["type"], refused["status"]) == ("websocket.http.response.start", 401)
    assert b'scope="orders:read"' in dict(refused["headers"])[b"www-authenticate"]
