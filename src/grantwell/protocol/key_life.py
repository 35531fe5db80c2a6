"""The life of a signing key, and its form at rest.

A key is made, published, after `publish_ahead` seconds used, and verifies until the last token that it signed has
expired. At rest its private half is sealed with AES-GCM, with table, kid and purpose as associated data, so that a
ciphertext moved to another row opens nothing.
"""

from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from grantwell.protocol.changes import ResealSigningKey
from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.keys import KeySet, SigningKey, load_private_key
from grantwell.protocol.records import SigningKeyRow
from grantwell.protocol.server_secrets import PurposeKeys

NONCE_BYTES = 12
# Verified this much longer than needed: the clocks of two processes differ.
MARGIN_SECONDS = 120


class KeyPolicy(Struct, frozen=True):
    """How long the phases last, in seconds. `token_seconds` is how long a token lives."""

    alg: str
    rotation_seconds: int
    publish_ahead_seconds: int
    token_seconds: int


class NewKey(Struct, frozen=True):
    """A key to be made: its number, its algorithm, and when it begins to sign."""

    sequence: int
    alg: str
    activates_at: int


def seal_private_key(der: bytes, kid: str, keys: PurposeKeys, nonce: bytes) -> str:
    """Encrypt a private key for storing. `nonce` is 12 fresh random bytes."""
    sealed = AESGCM(keys.primary).encrypt(nonce, der, _associated(kid))
    return f"{keys.primary_id}.{encode_base64url(nonce + sealed)}"


def open_private_key(row: SigningKeyRow, keys: PurposeKeys) -> bytes:
    """Decrypt a stored private key. Raises ValueError when no known server secret fits it."""
    key_id, _, text = row.private_key.partition(".")
    key, data = keys.by_id.get(key_id), decode_base64url(text)
    if key is None or data is None:
        raise ValueError(f"signing key {row.kid} is sealed with a server secret that is not given")
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _associated(row.kid))
    except InvalidTag as e:
        raise ValueError(f"signing key {row.kid} cannot be opened: its row or the server secret has changed") from e


def reseal_signing_keys(
    rows: Sequence[SigningKeyRow], keys: PurposeKeys, entropy: Callable[[int], bytes]
) -> tuple[ResealSigningKey, ...]:
    """Seal anew, under the first server secret, every key that another one of those given protects.

    Keys that none of them opens stay as they are: they were revoked or replaced long ago, or no server would start.
    Raises ValueError for one that has been changed.
    """
    known = [row for row in rows if row.private_key.partition(".")[0] in keys.by_id.keys() - {keys.primary_id}]
    return tuple(
        ResealSigningKey(
            row.kid,
            row.private_key,
            seal_private_key(open_private_key(row, keys), row.kid, keys, entropy(NONCE_BYTES)),
        )
        for row in known
    )


def _associated(kid: str) -> bytes:
    return f"signing_keys {kid} private_key".encode()


def living(rows: Sequence[SigningKeyRow], now: int, policy: KeyPolicy) -> tuple[SigningKeyRow, ...]:
    """The keys to publish and to verify with, oldest first: not revoked, and not long replaced."""
    keys = [row for row in rows if row.revoked_at is None]
    successors = [*keys[1:], None] if keys else []
    return tuple(
        row
        for row, successor in zip(keys, successors, strict=True)
        if successor is None or now < successor.activates_at + policy.token_seconds + MARGIN_SECONDS
    )


def key_set(rows: Sequence[SigningKeyRow], keys: PurposeKeys, known: KeySet) -> KeySet:
    """Open the stored keys, those that are `known` already not again. Raises ValueError."""
    return KeySet(tuple(known.verifying(row.kid) or _open(row, keys) for row in rows))


def _open(row: SigningKeyRow, keys: PurposeKeys) -> SigningKey:
    return SigningKey(row.kid, row.alg, load_private_key(open_private_key(row, keys)), row.activates_at)
