"""An MCP server with the MCP Python SDK that takes the access tokens of a Grantwell server.

Every request needs the scope `orders:read`. The tool `cancel_order` needs `orders:write` as well: a client whose token
does not have it is told so, and asks its person for it.

    ORDERS_MCP      where clients find this server, such as http://127.0.0.1:8100/mcp: the `resource` of its tokens
    ORDERS_ISSUER   the authorization server, such as http://127.0.0.1:8000

    python orders_server.py    serve

docs/protect-an-mcp-server.md explains each part.
"""

import os
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token

from grantwell.resource import ProtectedResource
from grantwell.resource.mcp import McpTokenVerifier, auth_settings, protect

api = ProtectedResource(
    os.environ.get("ORDERS_MCP", "http://127.0.0.1:8100/mcp"),
    issuer=os.environ.get("ORDERS_ISSUER", "http://127.0.0.1:8000"),
    name="Orders",
    scopes=["orders:read", "orders:write"],
)
server: MCPServer[Any] = MCPServer("Orders", token_verifier=McpTokenVerifier(api), auth=auth_settings(api))

# A real server has a database.
ORDERS = {1: "two lamps", 2: "a kettle"}


@server.tool()
def list_orders() -> list[str]:
    """The orders that are open."""
    return [f"{number}: {item}" for number, item in ORDERS.items()]


@server.tool()
def cancel_order(number: int) -> str:
    """Cancel an order."""
    token = get_access_token()
    assert token is not None, "nobody comes here without a token"
    return f"{ORDERS.pop(number)} cancelled for {token.subject}"


app = protect(server, api, scopes=["orders:read"], tools={"cancel_order": ["orders:write"]})

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=urlsplit(api.rules.resource).port or 8100)
