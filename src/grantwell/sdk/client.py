"""`Grantwell`: a server's operations, grouped as in the official SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from typing import Self, TypeVar, Unpack

import httpx

from grantwell import __version__
from grantwell.sdk.calls import Blocking
from grantwell.sdk.connection import Connection
from grantwell.sdk.raw_response import RawResponse
from grantwell.sdk.requests import Request
from grantwell.sdk.resources.oauth import OAuth
from grantwell.sdk.resources.oauth_clients import OAuthClients
from grantwell.sdk.resources.oauth_grants import OAuthGrants
from grantwell.sdk.resources.well_known import WellKnown
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


class Grantwell(Verbs, Blocking):
    """A client of a Grantwell or Telnyx OAuth API. May be shared by threads; close it, or use it in a `with`."""

    _connection: Connection

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        http_client: httpx.Client | None = None,
        transport: httpx.BaseTransport | None = None,
        auth: httpx.Auth | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            api_key: sent as `Authorization: Bearer`; GRANTWELL_API_KEY or TELNYX_API_KEY if not said. The empty string
                means none.
            base_url: below what the operations are, as in `https://auth.example.com/v2`; GRANTWELL_BASE_URL or
                TELNYX_BASE_URL if not said.
            timeout: seconds for each step of a call, an `httpx.Timeout`, or None for no limit; if not said, what
                `http_client` has of its own, or 60 seconds, and 5 to connect.
            max_retries: how often a call that got no answer, or 408, 409, 429, 500 or above, is sent again at most.
            http_client: sends the requests, with proxies, limits and so on; to close it stays yours.
            transport: instead of the network's.
            auth: instead of the API key.
            default_headers: sent with every request.

        Raises:
            GrantwellError: no address, or one or an API key that cannot be used.
        """
        settings = from_environment(
            os.environ,
            api_key="" if auth else api_key,
            base_url=base_url,
            timeout=timeout_of(http_client, timeout),
            max_retries=max_retries,
            default_headers=default_headers,
            user_agent=f"Grantwell/Python {__version__}",
        )
        self._join(Connection(settings, http_client or own_http_client(transport), auth))
        self._owns_http = http_client is None

    def _join(self, connection: Connection) -> None:
        super().__init__(connection)
        self.well_known = WellKnown(connection)
        self.oauth = OAuth(connection)
        self.oauth_clients = OAuthClients(connection)
        self.oauth_grants = OAuthGrants(connection)

    def with_options(self, **changes: Unpack[SettingsChanges]) -> Self:
        """The same client with other settings; the two share their connections, which the first one closes."""
        other = copy(self)
        other._owns_http = False
        settings, auth = changed(self._connection.settings, self._connection.auth, changes)
        other._join(Connection(settings, self._connection.http, auth))
        return other

    def send(self, request: Request[T]) -> RawResponse[T]:
        """Sends a request that was built elsewhere."""
        return self._connection.send(request)

    def close(self) -> None:
        """Closes its connections, but for an `http_client` that was given."""
        if self._owns_http:
            self._connection.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def own_http_client(transport: httpx.BaseTransport | None) -> httpx.Client:
    return httpx.Client(transport=transport) if transport else httpx.Client(verify=tls_context())
