"""Who somebody is at another provider, as our own pages have found out, in a form that only this server can have made.

The pages verify the provider's ID token (OpenID Connect Core, section 3.1.3.7), and no operation may take a stranger's
word for that. So the pages are handed a function that seals what they found: data and a MAC (HMAC-SHA-256, RFC 2104).
"""

from hmac import compare_digest

import msgspec
from msgspec import Struct

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.server_secrets import PurposeKeys, mac

# It goes from our pages to this server within one request, and a little later from one process to another.
LIFE_SECONDS = 60
MAXIMUM_LENGTH = 4096
# OpenID Connect Core, section 2.
MAXIMUM_SUBJECT = 255


class Identity(Struct, frozen=True):
    """Issuer and subject are who it is; the email address is what the provider says, and may be empty."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    sealed_at: int


def seal_identity(identity: Identity, keys: PurposeKeys) -> str:
    """The identity, for the operation that opens a session."""
    payload = encode_base64url(msgspec.json.encode(identity))
    return f"{payload}.{keys.primary_id}.{encode_base64url(_mac(keys.primary, payload))}"


def open_identity(text: str, keys: PurposeKeys, now: int) -> Identity | None:
    """What `seal_identity` made within the last minute; None for anything else."""
    payload, _, rest = text.partition(".")
    key_id, _, proof = rest.partition(".")
    key = keys.by_id.get(key_id)
    if len(text) > MAXIMUM_LENGTH or key is None:
        return None
    if not compare_digest(encode_base64url(_mac(key, payload)).encode(), proof.encode()):
        return None
    identity = msgspec.json.decode(decode_base64url(payload) or b"", type=Identity)
    return identity if abs(now - identity.sealed_at) <= LIFE_SECONDS else None


def _mac(key: bytes, payload: str) -> bytes:
    return mac(key, f"external identity {payload}".encode())
