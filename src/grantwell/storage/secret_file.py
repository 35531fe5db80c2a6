"""The server secret of an embedded installation: made at the first start, beside the database, for its owner only."""

import os
from pathlib import Path

SECRET_BYTES = 32


def read_or_make_secret(path: Path) -> bytes:
    """The secret of a file, which is made (mode 0600) if it is not there. Raises ValueError for a damaged one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = bytes.fromhex(path.read_text().strip())
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"{path} does not hold a server secret") from None
        return secret
    secret = os.urandom(SECRET_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secret.hex()}\n")
        file.flush()
        # A secret that is lost in a crash takes everything with it that it protects.
        os.fsync(file.fileno())
    return secret
