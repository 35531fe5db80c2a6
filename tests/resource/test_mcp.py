"""The MCP SDK's real client and server, who talk through our verifier and get their tokens at our server."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl
from tests.requirements.marker import requirement
from tests.resource.authorization_server import AuthorizationServer
from tests.resource.challenges import challenge_of
from tests.resource.conftest import MakeResource
from tests.resource.mcp_client import CALLBACK, Person, Storage, connected
from tests.resource.serving import serving
from tests.support.actors import bearer
from tests.support.clock import Clock
from tests.support.processes import free_port

from grantwell.resource import ProtectedResource, TokenRefused
from grantwell.resource.mcp import McpTokenVerifier, ToolScopes, auth_settings, protect


@pytest.fixture
def clock() -> Clock:
    """The MCP SDK goes by the real time."""
    return Clock(time.time())


def orders(api: ProtectedResource) -> MCPServer[Any]:
    """An MCP server with two tools."""
    server: MCPServer[Any] = MCPServer("Orders", token_verifier=McpTokenVerifier(api), auth=auth_settings(api))

    @server.tool()
    def whoami() -> str:
        token = get_access_token()
        assert token is not None
        return f"{token.subject} through {token.client_id}"

    @server.tool()
    def cancel() -> str:
        return "cancelled"

    return server


@asynccontextmanager
async def running(make_resource: MakeResource, **scopes: Any) -> AsyncIterator[str]:
    """The address of an MCP server in front of which the middleware stands."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/mcp"
    api = make_resource(address, scopes=["orders:read", "orders:write"])
    async with serving(protect(orders(api), api, **scopes), port):
        yield address


async def text_of(client: Any, tool: str) -> str:
    answer = await client.call_tool(tool, {})
    return str(answer.content[0].text)


async def test_a_client_that_knows_only_the_address_gets_a_token_and_is_known(
    server: AuthorizationServer, make_resource: MakeResource
) -> None:
    person, storage = Person(server.origin), Storage()
    async with (
        running(make_resource, scopes=["orders:read"]) as address,
        connected(address, person, storage) as client,
    ):
        said = await text_of(client, "whoami")
    (asked,) = person.asked
    assert (asked["resource"], asked["scope"]) == (address, "orders:read")
    assert storage.client_info is not None
    assert said.endswith(f" through {storage.client_info.client_id}")


@pytest.mark.parametrize("verb", ["protect", "the SDK alone"])
async def test_the_sdks_own_application_is_enough(
    verb: str, server: AuthorizationServer, make_resource: MakeResource
) -> None:
    port = free_port()
    api = make_resource(f"http://127.0.0.1:{port}/mcp")
    mcp: MCPServer[Any] = MCPServer(
        "Orders", token_verifier=McpTokenVerifier(api), auth=auth_settings(api, ["orders:read"])
    )
    app = protect(mcp, api, scopes=["orders:read"]) if verb == "protect" else mcp.streamable_http_app()

    @mcp.tool()
    def ping() -> str:
        return "pong"

    person = Person(server.origin)
    async with serving(app, port), connected(api.rules.resource, person, Storage()) as client:
        assert await text_of(client, "ping") == "pong"
    assert person.asked[0]["scope"] == "orders:read"


async def registered(server: AuthorizationServer) -> Storage:
    """What a client knows whom an operator has registered, with every scope that it may ever need."""
    scopes = ["orders:read", "orders:write"]
    made = await asyncio.to_thread(
        lambda: server.do(
            server.server.make_client(
                client_type="public",
                redirect_uris=[CALLBACK],
                allowed_scopes=scopes,
                allowed_grant_types=["authorization_code", "refresh_token"],
            )
        )
    )
    storage = Storage()
    storage.client_info = OAuthClientInformationFull(
        client_id=made.client_id, redirect_uris=[AnyUrl(CALLBACK)], token_endpoint_auth_method="none"
    )
    return storage


@requirement("protected-resource.step-up")
@pytest.mark.parametrize("client_from", ["an operator", "itself"])
async def test_a_tool_that_needs_more_makes_the_client_ask_the_person_for_it(
    client_from: str, server: AuthorizationServer, make_resource: MakeResource
) -> None:
    person = Person(server.origin)
    storage = await registered(server) if client_from == "an operator" else Storage()
    async with (
        running(make_resource, scopes=["orders:read"], tools={"cancel": ["orders:write"]}) as address,
        connected(address, person, storage) as client,
    ):
        assert await text_of(client, "whoami")
        assert await text_of(client, "cancel") == "cancelled"
        assert await text_of(client, "cancel") == "cancelled"
    assert [asked["scope"] for asked in person.asked] == ["orders:read", "orders:read orders:write"]
    assert len({asked["client_id"] for asked in person.asked}) == 1
    # Who registers itself does so with the scopes of the first challenge, and knows of no others.
    assert storage.client_info is not None
    assert storage.client_info.scope == (None if client_from == "an operator" else "orders:read")


async def test_a_tool_is_refused_to_clients_who_do_not_name_it_in_their_headers(
    server: AuthorizationServer, make_resource: MakeResource
) -> None:
    person, storage = Person(server.origin), await registered(server)
    async with (
        running(make_resource, scopes=["orders:read"], tools={"cancel": ["orders:write"]}) as address,
        connected(address, person, storage, mode="legacy") as client,
    ):
        assert await text_of(client, "whoami")
        with pytest.raises(MCPError, match="insufficient_scope: this tool needs orders:read orders:write"):
            await client.call_tool("cancel", {})


@pytest.mark.parametrize(
    ("headers", "needed"),
    [
        ([("mcp-method", "tools/call"), ("mcp-name", "cancel")], ("orders:read", "orders:write")),
        ([("mcp-method", "tools/call"), ("mcp-name", "=?base64?Y2FuY2Vs?=")], ("orders:read", "orders:write")),
        ([("mcp-method", "tools/call"), ("mcp-name", "whoami")], ("orders:read",)),
        ([("mcp-method", "prompts/get"), ("mcp-name", "cancel")], ("orders:read",)),
        ([("mcp-method", "tools/call"), ("mcp-name", "=?base64?!?=")], ("orders:read",)),
        ([("mcp-method", "tools/call"), ("mcp-name", "whoami"), ("mcp-name", "cancel")], ("orders:read",)),
        ([], ("orders:read",)),
    ],
)
def test_the_headers_of_a_request_say_which_scopes_it_needs(
    headers: list[tuple[str, str]], needed: tuple[str, ...]
) -> None:
    scope = {"headers": [(name.encode(), value.encode()) for name, value in headers]}
    assert ToolScopes(["orders:read"], {"cancel": ["orders:write"]})(scope) == needed


async def test_a_token_for_another_server_opens_no_session(
    server: AuthorizationServer, make_resource: MakeResource
) -> None:
    async with running(make_resource) as address, httpx.AsyncClient() as http:
        refused = await http.post(address, json={}, headers=bearer(server.token()))
        assert refused.status_code == 401
        assert challenge_of(refused)["error"] == "invalid_token"


async def test_the_verifier_tells_the_sdk_what_it_knows_or_nothing(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    verifier = McpTokenVerifier(api)
    client = server.client()
    token = server.token_of(client, "orders:write orders:read")
    told = await verifier.verify_token(token)
    assert told is not None
    assert (told.client_id, told.subject, told.scopes) == (
        client.client_id,
        client.client_id,
        ["orders:read", "orders:write"],
    )
    assert told.claims is not None
    assert (told.resource, told.claims["iss"]) == (api.rules.resource, server.origin)
    assert await verifier.verify_token("no token") is None


async def test_a_verifier_that_cannot_tell_does_not_say_that_the_token_is_bad(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = server.token()
    server.stop()
    with pytest.raises(TokenRefused) as refused:
        await McpTokenVerifier(api).verify_token(token)
    server.start()
    assert refused.value.status == 503
