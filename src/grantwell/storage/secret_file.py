"""The server secret of an embedded installation: made at the first start, beside the database, for its owner only."""

import contextlib
import os
from pathlib import Path

from grantwell.storage.errors import CannotOpen

SECRET_BYTES = 32


def read_or_make_secret(path: Path) -> bytes:
    """The secret of a file, which is made (mode 0600) if it is not there.

    Raises CannotOpen for a file that holds none: a new one in its place would open nothing that the old one closed.
    """
    if not path.exists():
        _make(path)
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (ValueError, OSError) as error:
        raise CannotOpen(f"cannot read the server secret in {path}: {error}") from None
    if len(secret) < SECRET_BYTES:
        raise CannotOpen(f"{path} does not hold a server secret of {SECRET_BYTES} bytes: restore it from a backup")
    return secret


def _make(path: Path) -> None:
    """Write the whole file under another name first: nobody, not even after a crash, reads a part of a secret."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{os.urandom(SECRET_BYTES).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        # Of two processes that start at once the first one's secret stands, and both use it.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    """A secret that is lost in a crash takes everything with it that it protects."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
