"""The server's own secrets (`GRANTWELL_SECRET`): a list, of which the first protects and all are understood.

Every ciphertext and MAC names the key that made it, so that secrets can be rotated while the server runs. Each purpose
has a key of its own (HKDF, RFC 5869), so that what is made for one purpose means nothing in another.
"""

from hashlib import sha256
from hmac import digest

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

MINIMUM_BYTES = 32


class PurposeKeys(Struct, frozen=True):
    """The keys of one purpose, by key id; `primary_id` names the one that protects new things."""

    primary_id: str
    by_id: dict[str, bytes]

    @property
    def primary(self) -> bytes:
        """The key that protects new things."""
        return self.by_id[self.primary_id]


class ServerSecrets(Struct, frozen=True):
    """One key set for each purpose."""

    lineage: PurposeKeys
    consent: PurposeKeys
    signing_keys: PurposeKeys
    tickets: PurposeKeys
    identities: PurposeKeys


def key_id(secret: bytes) -> str:
    """Name a secret without telling it."""
    return sha256(b"grantwell key id" + secret).hexdigest()[:16]


def derive(secret: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"grantwell " + purpose.encode()).derive(secret)


def server_secrets(secrets: tuple[bytes, ...]) -> ServerSecrets:
    """Derive the keys of every purpose. Raises ValueError for none, or for one of fewer than 32 bytes."""
    if not secrets or any(len(secret) < MINIMUM_BYTES for secret in secrets):
        raise ValueError(f"a server secret needs at least {MINIMUM_BYTES} random bytes")

    def keys(purpose: str) -> PurposeKeys:
        by_id = {key_id(secret): derive(secret, purpose) for secret in secrets}
        return PurposeKeys(key_id(secrets[0]), by_id)

    return ServerSecrets(
        keys("lineage"),
        keys("consent token"),
        keys("signing key at rest"),
        keys("sign-in ticket"),
        keys("external identity"),
    )


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104)."""
    return digest(key, message, "sha256")
