"""The consent token: an authorization request, encrypted for ourselves (compact JWE, RFC 7516 section 7.1).

It carries everything, so that an anonymous caller who starts an authorization writes nothing here.
"""

from hashlib import sha256

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.server_secrets import PurposeKeys

MAXIMUM_LENGTH = 4096
_ALGORITHMS = ["dir", "A256GCM"]
_decode = msgspec.json.Decoder(ConsentRequest).decode


def seal_consent_request(request: ConsentRequest, keys: PurposeKeys) -> str:
    """Encrypt under the first key, and name it in the header."""
    header = {"alg": "dir", "enc": "A256GCM", "kid": keys.primary_id}
    key = OctKey.import_key(keys.primary)
    return jwe.encrypt_compact(header, msgspec.json.encode(request), key, algorithms=_ALGORITHMS)


def open_consent_token(token: str, keys: PurposeKeys) -> ConsentRequest | None:
    """Decrypt what `seal_consent_request` made; None for anything else. Expiry is the caller's to judge."""
    if len(token) > MAXIMUM_LENGTH or not token.isascii():
        return None
    for key in keys.by_id.values():
        try:
            opened = jwe.decrypt_compact(token, OctKey.import_key(key), algorithms=_ALGORITHMS)
            return _decode(opened.plaintext or b"")
        except (JoseError, ValueError):
            continue
    return None


def browser_binding(token: str, *, secure: bool) -> tuple[str, str]:
    """Name and value of the cookie that binds a consent token to the browser that asked for it.

    With it our own page refuses a consent link that somebody else sent. `__Host-` needs https, so plain loopback
    servers go without.
    """
    digest = sha256(b"grantwell consent" + token.encode()).hexdigest()
    return f"{'__Host-' if secure else ''}grantwell_consent_{digest[:8]}", digest
