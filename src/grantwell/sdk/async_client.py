"""`AsyncGrantwell`: `client` once more for asyncio."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from typing import Self, TypeVar, Unpack

import httpx

from grantwell import __version__
from grantwell.sdk.async_connection import AsyncConnection
from grantwell.sdk.calls import Awaiting
from grantwell.sdk.raw_response import RawResponse
from grantwell.sdk.requests import Request
from grantwell.sdk.resources.oauth import AsyncOAuth
from grantwell.sdk.resources.oauth_clients import AsyncOAuthClients
from grantwell.sdk.resources.oauth_grants import AsyncOAuthGrants
from grantwell.sdk.resources.well_known import AsyncWellKnown
from grantwell.sdk.settings import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    SettingsChanges,
    Timeout,
    changed,
    from_environment,
    timeout_of,
)
from grantwell.sdk.tls import tls_context
from grantwell.sdk.verbs import Verbs

T = TypeVar("T")


class AsyncGrantwell(Verbs, Awaiting):
    """The same for asyncio. May be shared by the tasks of one event loop; close it, or use it in an `async with`."""

    _connection: AsyncConnection

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        http_client: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        auth: httpx.Auth | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Connects to nothing yet. The arguments, and what is raised, are those of `Grantwell`."""
        settings = from_environment(
            os.environ,
            api_key="" if auth else api_key,
            base_url=base_url,
            timeout=timeout_of(http_client, timeout),
            max_retries=max_retries,
            default_headers=default_headers,
            user_agent=f"AsyncGrantwell/Python {__version__}",
        )
        self._join(AsyncConnection(settings, http_client or own_http_client(transport), auth))
        self._owns_http = http_client is None

    def _join(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.well_known = AsyncWellKnown(connection)
        self.oauth = AsyncOAuth(connection)
        self.oauth_clients = AsyncOAuthClients(connection)
        self.oauth_grants = AsyncOAuthGrants(connection)

    def with_options(self, **changes: Unpack[SettingsChanges]) -> Self:
        """The same client with other settings; the two share their connections, which the first one closes."""
        other = copy(self)
        other._owns_http = False
        settings, auth = changed(self._connection.settings, self._connection.auth, changes)
        other._join(AsyncConnection(settings, self._connection.http, auth))
        return other

    async def send(self, request: Request[T]) -> RawResponse[T]:
        """Sends a request that was built elsewhere."""
        return await self._connection.send(request)

    async def close(self) -> None:
        """Closes its connections, but for an `http_client` that was given."""
        if self._owns_http:
            await self._connection.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def own_http_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport) if transport else httpx.AsyncClient(verify=tls_context())
