"""`connection` once more with `await`: the two differ in nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import httpx

from grantwell.sdk.requests import Request, compose
from grantwell.sdk.sending import Outcome, auth_for, finish, pause_before_next

if TYPE_CHECKING:
    from grantwell.sdk.raw_response import RawResponse
    from grantwell.sdk.settings import Settings

T = TypeVar("T")


class AsyncConnection:
    """One that does not block. May be shared by tasks of one event loop."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, auth: httpx.Auth | None) -> None:
        self.settings = settings
        self.http = http
        self.auth = auth

    async def send(self, request: Request[T]) -> RawResponse[T]:
        """The answer, if it says yes.

        Raises:
            APIError: it says no, or there is none.
        """
        allowed = request.options.get("max_retries", self.settings.max_retries)
        retries = 0
        outcome = await self._try(request, retries)
        while (pause := pause_before_next(request, outcome, retries, allowed)) is not None:
            await asyncio.sleep(pause)
            retries += 1
            outcome = await self._try(request, retries)
        return finish(request, outcome, retries)

    async def _try(self, request: Request[T], retries: int) -> Outcome:
        attempt = compose(request, self.settings, retries)
        http_request = self.http.build_request(**attempt.arguments)
        auth = auth_for(request, http_request, self.auth)
        try:
            return await self.http.send(http_request, auth=auth, follow_redirects=attempt.follow_redirects)
        except httpx.RequestError as failure:
            return failure
