"""A token that renews itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
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
    from grantwell.sdk.pagination import Sends


class RenewingToken(Renewing):
    """A token that renews itself: once, however many threads, and processes with the same storage, find it old at once.

    Args:
        client: asks the server.
        storage: where the token is kept; in memory, if not said.
        source: whereby it is had; by the refresh token that is kept, if not said.
        leeway_seconds: how long before its end it is renewed.
        clock: the time in seconds since 1970.
    """

    def __init__(
        self,
        client: Sends,
        storage: TokenStorage | None = None,
        source: TokenSource | None = None,
        *,
        leeway_seconds: float = LEEWAY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(storage, source, leeway_seconds, clock)
        self._client = client
        self._threads = Lock()

    def access_token(self, *, rejected: str | None = None) -> str:
        """A token that is good for a while.

        Args:
            rejected: one of before, if an API has just refused it though its time was not over.

        Raises:
            LoginRequiredError: there is none, and none to be had without the person.
            LoginError: another process does not finish renewing it.
            APIError: the server could not be asked, and the token that is kept has ended.
        """
        last = self._last
        if last is None or not self._need(rejected).is_met_by(last):
            with self._threads, held(self._storage.lock()):
                self._last = last = self._load_or_renew(self._need(rejected))
        return last.access_token

    def _load_or_renew(self, need: Need) -> StoredToken:
        kept = self._storage.load()
        # Somebody else may have renewed it while this one waited for the lock.
        if kept is not None and need.is_met_by(kept):
            return kept
        base_url = self._client.settings.base_url
        request = self._source.request(kept, base_url)
        try:
            answer = self._client.send(request).parse()
        except APIError as failure:
            return self._bridged(need, kept, failure)
        renewed = self._source.received(kept, base_url, answer, need.now)
        self._storage.save(renewed)
        return renewed


@contextmanager
def held(lock: TryLock) -> Iterator[None]:
    """Waits for the lock, and has it."""
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise lock_is_stuck()
        time.sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()
