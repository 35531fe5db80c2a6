"""People's passwords: argon2id (RFC 9106). Every call takes tens of milliseconds: keep it off the event loop."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MINIMUM_PASSWORD = 8
MAXIMUM_PASSWORD = 1024


@cache
def _hasher() -> "PasswordHasher":
    # Imported at the first password: whoever only verifies tokens needs no argon2 at all.
    from argon2 import PasswordHasher  # noqa: PLC0415 - see above

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _hash_for_nobody() -> str:
    return _hasher().hash("nobody", salt=b"grantwell-nobody")


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(password)


def matches_password(password: str, stored: str | None) -> bool:
    """Verify a password. Without a stored one it takes as long, and never matches."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - see `_hasher`

    try:
        _hasher().verify(stored or _hash_for_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
