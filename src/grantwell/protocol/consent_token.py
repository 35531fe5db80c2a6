"""The consent token: an authorization request, encrypted for ourselves (compact JWE, RFC 7516 section 7.1).

It carries everything, so that an anonymous caller who starts an authorization writes nothing here.
"""

from hashlib import sha256

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from msgspec import Struct

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.server_secrets import PurposeKeys

MAXIMUM_LENGTH = 4096
# What is left for the request, once header, nonce and tag are there and all is written in base64url.
MAXIMUM_REQUEST_BYTES = 2976
BINDING_PREFIX, BINDING_BYTES = "grantwell.", 16
_ALGORITHMS = ["dir", "A256GCM"]


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    enc: str
    kid: str


_decode = msgspec.json.Decoder(ConsentRequest).decode
_decode_header = msgspec.json.Decoder(_Header).decode


def fits(request: ConsentRequest) -> bool:
    """Whether the consent token of a request would be short enough to be read again."""
    return len(msgspec.json.encode(request)) <= MAXIMUM_REQUEST_BYTES


def seal_consent_request(request: ConsentRequest, keys: PurposeKeys) -> str:
    """Encrypt under the first key, and name it in the header."""
    header = {"alg": "dir", "enc": "A256GCM", "kid": keys.primary_id}
    key = OctKey.import_key(keys.primary)
    return jwe.encrypt_compact(header, msgspec.json.encode(request), key, algorithms=_ALGORITHMS)


def open_consent_token(token: str, keys: PurposeKeys) -> ConsentRequest | None:
    """Decrypt what `seal_consent_request` made; None for anything else. Expiry is the caller's to judge."""
    if len(token) > MAXIMUM_LENGTH:
        return None
    try:
        # Only a header of ours reaches the library: it has a dozen further parameters to understand, and to stumble on.
        header = _decode_header(decode_base64url(token.partition(".")[0]) or b"")
        key = OctKey.import_key(keys.by_id[header.kid])
        return _decode(jwe.decrypt_compact(token, key, algorithms=_ALGORITHMS).plaintext or b"")
    except (JoseError, ValueError, KeyError):
        return None


def browser_binding(token: str, *, secure: bool) -> tuple[str, str]:
    """Name and value of the cookie that binds a consent token to the browser that asked for it.

    With it our own page refuses a consent link that somebody else sent. `__Host-` needs https, so plain loopback
    servers go without. All is in the name, and short: whoever sends a browser here over and over fills its jar.
    """
    digest = sha256(b"grantwell consent" + token.encode()).digest()
    return f"{'__Host-' if secure else ''}{BINDING_PREFIX}{encode_base64url(digest[:BINDING_BYTES])}", "1"
