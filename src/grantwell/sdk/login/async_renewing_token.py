"""`renewing_token` once more for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from grantwell.sdk.errors import APIError
from grantwell.sdk.login.renewal import (
    LEEWAY_SECONDS,
    LOCK_PATIENCE_SECONDS,
    LOCK_POLL_SECONDS,
    Need,
    Renewing,
    lock_is_stuck,
)

if TYPE_CHECKING:
    from grantwell.sdk.login.storage import TokenStorage, TryLock
    from grantwell.sdk.login.stored_token import StoredToken
    from grantwell.sdk.login.token_source import TokenSource
    from grantwell.sdk.pagination import SendsAsync


class AsyncRenewingToken(Renewing):
    """A token that renews itself: once, however many tasks, and processes with the same storage, find it old at once.

    The arguments are those of `RenewingToken`. A renewal that has begun is finished even if whoever asked is cancelled:
    the server has given the new refresh token away by then.
    """

    def __init__(
        self,
        client: SendsAsync,
        storage: TokenStorage | None = None,
        source: TokenSource | None = None,
        *,
        leeway_seconds: float = LEEWAY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(storage, source, leeway_seconds, clock)
        self._client = client
        self._renewal: asyncio.Task[StoredToken] | None = None

    async def access_token(self, *, rejected: str | None = None) -> str:
        """A token that is good for a while. See `RenewingToken.access_token`."""
        need, last = self._need(rejected), self._last
        if last is not None and need.is_met_by(last):
            return last.access_token
        joined = await self._joined(need)
        if joined is not None:
            return joined.access_token
        return (await asyncio.shield(self._renewal or self._begin(need))).access_token

    async def _joined(self, need: Need) -> StoredToken | None:
        """What comes of the renewal that is under way, unless that is the very token that was refused."""
        if self._renewal is None:
            return None
        last = await asyncio.shield(self._renewal)
        return last if need.is_barely_met_by(last) else None

    def _begin(self, need: Need) -> asyncio.Task[StoredToken]:
        self._renewal = asyncio.create_task(self._load_or_renew(need))
        self._renewal.add_done_callback(self._end)
        return self._renewal

    def _end(self, renewal: asyncio.Task[StoredToken]) -> None:
        self._renewal = None
        # To ask for the failure is to have seen it, where everybody who waited for it is gone.
        if not renewal.cancelled() and renewal.exception() is None:
            self._last = renewal.result()

    async def _load_or_renew(self, need: Need) -> StoredToken:
        async with held(self._storage.lock()):
            kept = await asyncio.to_thread(self._storage.load)
            if kept is not None and need.is_met_by(kept):
                return kept
            base_url = self._client.settings.base_url
            request = self._source.request(kept, base_url)
            try:
                answer = (await self._client.send(request)).parse()
            except APIError as failure:
                return self._bridged(need, kept, failure)
            renewed = self._source.received(kept, base_url, answer, need.now)
            await asyncio.to_thread(self._storage.save, renewed)
            return renewed


@asynccontextmanager
async def held(lock: TryLock) -> AsyncIterator[None]:
    """Waits for the lock, and has it."""
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise lock_is_stuck()
        await asyncio.sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()
