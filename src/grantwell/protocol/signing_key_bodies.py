"""The bodies of looking at signing keys and of rotating them. No private half is in any."""

from msgspec import Struct

from grantwell.protocol.key_timeline import KeyLife, KeyState
from grantwell.protocol.timestamps import rfc3339


class ShownSigningKey(Struct, frozen=True, kw_only=True):
    """A signing key and its life; a time is null that nobody knows yet. `id` is the `kid` of RFC 7517."""

    id: str
    record_type: str = "signing_key"
    algorithm: str
    sequence: int
    state: KeyState
    published_at: str
    signs_from: str
    signs_until: str | None
    verifies_until: str | None
    revoked_at: str | None


class SigningKeyMeta(Struct, frozen=True):
    """The server's time; when the next key begins to sign, how long keys are published before that, and verify after.

    `may_change` says whether the caller may change them.
    """

    now: str
    next_rotation_at: str | None
    publish_ahead_seconds: int
    token_seconds: int
    may_change: bool


class SigningKeyList(Struct, frozen=True):
    """All keys, newest first."""

    data: tuple[ShownSigningKey, ...]
    meta: SigningKeyMeta


class SigningKeyResponse(Struct, frozen=True):
    """The envelope."""

    data: ShownSigningKey


class RotateSigningKeys(Struct, frozen=True):
    """How the next key begins: published first, so that no token fails because of it, or at once."""

    at_once: bool = False


def show_key(life: KeyLife) -> ShownSigningKey:
    """How a key looks from outside."""
    return ShownSigningKey(
        id=life.kid,
        algorithm=life.alg,
        sequence=life.sequence,
        state=life.state,
        published_at=rfc3339(life.published_at),
        signs_from=rfc3339(life.signs_from),
        signs_until=_when(life.signs_until),
        verifies_until=_when(life.verifies_until),
        revoked_at=_when(life.revoked_at),
    )


def _when(at: int | None) -> str | None:
    return rfc3339(at) if at is not None else None
