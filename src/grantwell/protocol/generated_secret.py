"""Secrets that the server makes: 256 random bits, a prefix that names the kind, a checksum for leak scanners.

The checksum lets a scanner tell a real secret from text that looks like one, without asking the server; it protects
nothing. 256 random bits need no slow hash: SHA-256 is what is stored.
"""

from binascii import crc32
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest

from grantwell.protocol.encoding import decode_base64url, encode_base64url

API_KEY = "gw_key_"
CLIENT_SECRET = "gw_secret_"  # noqa: S105 - a prefix, not a secret
SESSION = "gw_session_"
REFRESH_TOKEN = "gw_refresh_"  # noqa: S105 - a prefix, not a secret
AUTHORIZATION_CODE = "gw_code_"


def with_checksum(prefix: str, payload: bytes) -> str:
    """Write `payload` behind its prefix, with the CRC-32 of both at the end."""
    return prefix + encode_base64url(payload + crc32(payload, crc32(prefix.encode())).to_bytes(4))


def payload_of(prefix: str, text: str) -> bytes | None:
    """Read what `with_checksum` wrote; None for anything else."""
    if not text.startswith(prefix):
        return None
    data = decode_base64url(text[len(prefix) :])
    if data is None or crc32(data[:-4], crc32(prefix.encode())) != int.from_bytes(data[-4:]):
        return None
    return data[:-4]


def new_secret(prefix: str, entropy: Callable[[int], bytes]) -> str:
    """Make a secret of 256 random bits."""
    return with_checksum(prefix, entropy(32))


def hash_secret(secret: str) -> str:
    """What is stored of a secret: SHA-256 in hexadecimal."""
    return sha256(secret.encode()).hexdigest()


def matches_hash(secret: str, stored: str) -> bool:
    """Compare in constant time."""
    return compare_digest(hash_secret(secret), stored)
