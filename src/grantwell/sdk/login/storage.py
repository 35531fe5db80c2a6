"""Where a token is kept between two uses: three methods and a lock. Write your own where none here suits."""

from __future__ import annotations

from threading import Lock
from typing import Protocol

from grantwell.sdk.login.stored_token import StoredToken


class TryLock(Protocol):
    """A lock that is had at once or not at all, so that whoever waits can be cancelled."""

    def try_acquire(self) -> bool:
        """Takes it, if nobody has it."""
        ...

    def release(self) -> None:
        """Gives it back."""
        ...


class TokenStorage(Protocol):
    """Keeps one token."""

    def load(self) -> StoredToken | None:
        """The token; None if there is none, or none that can be read."""
        ...

    def save(self, token: StoredToken) -> None:
        """Keeps it instead of the one before; after a crash one of the two is there, whole."""
        ...

    def clear(self) -> None:
        """Forgets it."""
        ...

    def lock(self) -> TryLock:
        """A lock that everybody shares who uses the same token, other processes too."""
        ...


class ThreadLock:
    """A lock among the threads of one process."""

    def __init__(self) -> None:
        self._lock = Lock()

    def try_acquire(self) -> bool:
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()


class MemoryStorage:
    """Keeps a token as long as the process lives."""

    def __init__(self, token: StoredToken | None = None) -> None:
        self._token = token
        self._lock = ThreadLock()

    def load(self) -> StoredToken | None:
        return self._token

    def save(self, token: StoredToken) -> None:
        self._token = token

    def clear(self) -> None:
        self._token = None

    def lock(self) -> ThreadLock:
        return self._lock
