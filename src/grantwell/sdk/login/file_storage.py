"""Keeps a token in a file that only its owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from grantwell.sdk.login.file_lock import FileLock
from grantwell.sdk.login.stored_token import StoredToken


class FileStorage:
    """Keeps a token in a file of mode 0600, in a folder that is made with mode 0700 if it is not there.

    Args:
        path: of the file. Beside it lies another, with `.lock` at the end of its name.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self) -> StoredToken | None:
        """The token; None if there is no file, or it does not hold one."""
        try:
            return StoredToken.from_json(self._path.read_bytes())
        except FileNotFoundError:
            return None

    def save(self, token: StoredToken) -> None:
        """Writes a new file and puts it in the old one's place, so that nobody ever sees half of one."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # `mkstemp` makes it readable for nobody else.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token.to_json())
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def clear(self) -> None:
        """Removes the file."""
        self._path.unlink(missing_ok=True)

    def lock(self) -> FileLock:
        """A lock among all who use this file."""
        return FileLock(self._path.with_name(self._path.name + ".lock"))
