"""The MCP SDK's own client, with a person at its side who allows whatever she is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from tests.support.actors import bearer
from tests.support.api import query_of
from tests.support.server import API_KEY

CALLBACK = "http://127.0.0.1:9/callback"


class Person:
    """Sees where the browser is sent, and allows. `asked` is each authorization request that came."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.asked: list[dict[str, str]] = []
        self._answer: dict[str, str] = {}

    async def open(self, address: str) -> None:
        self.asked.append(query_of(address))
        async with httpx.AsyncClient() as browser:
            sent_on = await browser.get(address)
            assert sent_on.status_code == 302, sent_on.text
            consent_token = query_of(sent_on.headers["location"]).get("consent_token")
            assert consent_token, sent_on.headers["location"]
            decided = await browser.post(
                f"{self._origin}/v2/oauth/grants",
                json={"allowed": True, "consent_token": consent_token},
                headers=bearer(API_KEY),
            )
        self._answer = query_of(decided.json()["redirect_uri"])

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer["state"], iss=self._answer.get("iss")
        )


class Storage:
    """Keeps what the client learns."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client_info: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client_info

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client_info = client_info


@asynccontextmanager
async def connected(address: str, person: Person, storage: Storage, mode: str = "auto") -> AsyncIterator[Client]:
    """A client that knows nothing but the address of the MCP server."""
    metadata = OAuthClientMetadata(client_name="Assistant", redirect_uris=[AnyUrl(CALLBACK)])
    auth = OAuthClientProvider(address, metadata, storage, person.open, person.come_back)
    async with (
        httpx2.AsyncClient(auth=auth) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as client,
    ):
        yield client
