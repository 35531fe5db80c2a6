"""A connection to a server: sends a request, waits, sends it again as told. See `async_connection` too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import httpx

from grantwell.sdk.requests import Request, compose
from grantwell.sdk.sending import Outcome, auth_for, finish, pause_before_next

if TYPE_CHECKING:
    from grantwell.sdk.raw_response import RawResponse
    from grantwell.sdk.settings import Settings

T = TypeVar("T")


class Connection:
    """One that blocks. May be shared by threads."""

    def __init__(self, settings: Settings, http: httpx.Client, auth: httpx.Auth | None) -> None:
        self.settings = settings
        self.http = http
        self.auth = auth

    def send(self, request: Request[T]) -> RawResponse[T]:
        """The answer, if it says yes.

        Raises:
            APIError: it says no, or there is none.
        """
        allowed = request.options.get("max_retries", self.settings.max_retries)
        retries = 0
        outcome = self._try(request, retries)
        while (pause := pause_before_next(request, outcome, retries, allowed)) is not None:
            time.sleep(pause)
            retries += 1
            outcome = self._try(request, retries)
        return finish(request, outcome, retries)

    def _try(self, request: Request[T], retries: int) -> Outcome:
        attempt = compose(request, self.settings, retries)
        http_request = self.http.build_request(**attempt.arguments)
        auth = auth_for(request, http_request, self.auth)
        try:
            return self.http.send(http_request, auth=auth, follow_redirects=attempt.follow_redirects)
        except httpx.RequestError as failure:
            return failure
