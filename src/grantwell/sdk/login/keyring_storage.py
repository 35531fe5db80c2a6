"""Keeps a token in the operating system's own store of secrets, through the `keyring` package."""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from grantwell.sdk.errors import LoginError
from grantwell.sdk.login.file_lock import FileLock
from grantwell.sdk.login.stored_token import StoredToken


class KeyringStorage:
    """Keeps a token in macOS's Keychain, Windows' Credential Locker, a Secret Service, or what else `keyring` knows.

    Args:
        account: which of several tokens; the server's address is a good name.
        service: which program's.

    Raises:
        LoginError: the `keyring` package is not installed.
    """

    def __init__(self, account: str, service: str = "grantwell") -> None:
        self._service, self._account = service, account
        try:
            self._keyring: Any = import_module("keyring")
        except ImportError:
            raise LoginError("to keep a token in the system's keyring: pip install keyring") from None

    def load(self) -> StoredToken | None:
        """The token; None if there is none, or none that can be read."""
        kept: str | None = self._keyring.get_password(self._service, self._account)
        return StoredToken.from_json(kept) if kept is not None else None

    def save(self, token: StoredToken) -> None:
        """Keeps it instead of the one before."""
        self._keyring.set_password(self._service, self._account, token.to_json())

    def clear(self) -> None:
        """Forgets it."""
        if self._keyring.get_password(self._service, self._account) is not None:
            self._keyring.delete_password(self._service, self._account)

    def lock(self) -> FileLock:
        """A lock among all of this person's processes that use this token. Keyrings have none; so it is a file's."""
        name = sha256(f"{self._service}\0{self._account}".encode()).hexdigest()[:32]
        return FileLock(Path.home() / ".cache" / "grantwell" / f"{name}.lock")
