"""An MCP client with the MCP Python SDK: knows the server's address, and finds out all else.

It is told by the MCP server whose tokens it needs, registers there, sends a person to sign in and allow, and calls the
tools. To cancel an order it needs more than to list them: it is told so, and asks the person once more. Tokens are kept
in memory only: each run asks anew.

    python orders_client.py http://127.0.0.1:8100/mcp               list the orders
    python orders_client.py http://127.0.0.1:8100/mcp --cancel 1    cancel one after that
"""

import argparse
import asyncio
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.types import TextContent
from pydantic import AnyUrl


class Memory:
    """What the SDK keeps between two requests. A program that people use every day would keep it in a keyring."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        """The tokens of before."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """New tokens."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Who the client is, if it has registered."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Who it is now."""
        self.client = client_info


class Loopback(HTTPServer):
    """Where the browser comes back to (RFC 8252 section 7.3)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Callback)
        self.answer: dict[str, str] = {}

    @property
    def redirect_uri(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.server_port}/callback"

    async def send_away(self, address: str) -> None:
        """Send a person to the authorization server."""
        print(f"Sign in and allow at {address}", flush=True)
        webbrowser.open(address)

    async def wait(self) -> AuthorizationCodeResult:
        """Wait until the browser is back."""
        self.answer = {}
        while not self.answer:
            await asyncio.to_thread(self.handle_request)
        if "error" in self.answer:
            raise SystemExit(f"not allowed: {self.answer['error']}")
        return AuthorizationCodeResult(
            code=self.answer["code"], state=self.answer.get("state"), iss=self.answer.get("iss")
        )


class Callback(BaseHTTPRequestHandler):
    """Takes the answer out of the address."""

    server: Loopback

    def do_GET(self) -> None:
        """Thank the person."""
        address = urlsplit(self.path)
        if address.path == "/callback":
            self.server.answer = dict(parse_qsl(address.query))
        self.send_response(200 if address.path == "/callback" else 404)
        self.end_headers()
        self.wfile.write(b"You can close this page.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Say nothing: the address holds a code."""


async def call(client: Client, tool: str, **arguments: object) -> None:
    """Call a tool, and print what it says."""
    said = await client.call_tool(tool, arguments)
    for part in said.content:
        print(part.text if isinstance(part, TextContent) else part, flush=True)


async def main(address: str, cancel: int | None) -> None:
    """List the orders, and cancel one."""
    with Loopback() as loopback:
        metadata = OAuthClientMetadata(
            client_name="Orders client",
            redirect_uris=[AnyUrl(loopback.redirect_uri)],
            token_endpoint_auth_method="none",
        )
        auth = OAuthClientProvider(address, metadata, Memory(), loopback.send_away, loopback.wait)
        async with (
            httpx2.AsyncClient(auth=auth) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            await call(client, "list_orders")
            if cancel is not None:
                await call(client, "cancel_order", number=cancel)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List orders, and cancel one.")
    parser.add_argument("address")
    parser.add_argument("--cancel", type=int, metavar="NUMBER")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.address, arguments.cancel))
