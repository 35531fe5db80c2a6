"""Tokens on requests to one's own APIs: `httpx.Client(auth=TokenAuth(token))`."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, NoReturn

import httpx

if TYPE_CHECKING:
    from grantwell.sdk.login.async_renewing_token import AsyncRenewingToken
    from grantwell.sdk.login.renewing_token import RenewingToken

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


class TokenAuth(httpx.Auth):
    """Puts a token on every request of an `httpx.Client`; after a 401 renews it and sends that again."""

    def __init__(self, token: RenewingToken) -> None:
        self._token = token

    @override
    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """For `httpx.Client`. Raises what `RenewingToken.access_token` raises."""
        token = self._token.access_token()
        response = yield with_token(request, token)
        if response.status_code == 401 and can_be_sent_again(request):
            yield with_token(request, self._token.access_token(rejected=token))

    @override
    def async_auth_flow(self, request: httpx.Request) -> NoReturn:
        """Refuses: it would block."""
        raise TypeError("TokenAuth is for httpx.Client; an httpx.AsyncClient takes AsyncTokenAuth")


class AsyncTokenAuth(httpx.Auth):
    """Puts a token on every request of an `httpx.AsyncClient`; after a 401 renews it and sends that again."""

    def __init__(self, token: AsyncRenewingToken) -> None:
        self._token = token

    @override
    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """For `httpx.AsyncClient`. Raises what `AsyncRenewingToken.access_token` raises."""
        token = await self._token.access_token()
        response = yield with_token(request, token)
        if response.status_code == 401 and can_be_sent_again(request):
            yield with_token(request, await self._token.access_token(rejected=token))

    @override
    def sync_auth_flow(self, request: httpx.Request) -> NoReturn:
        """Refuses: there is no loop to wait in."""
        raise TypeError("AsyncTokenAuth is for httpx.AsyncClient; an httpx.Client takes TokenAuth")


def with_token(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def can_be_sent_again(request: httpx.Request) -> bool:
    """Whether its body is there still: one that was read from somewhere is not."""
    return isinstance(request.stream, httpx.ByteStream)
