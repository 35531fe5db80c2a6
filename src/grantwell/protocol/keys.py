"""Signing keys and key sets (RFC 7517): which key signs now, which ones verify, what is published.

A key is published before it is used, for longer than the key set may be cached, and verifies until the last token that
it signed has expired; so a token never fails because a key was rotated. An emergency takes a key out of both at once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from grantwell.protocol.encoding import base64url

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
ALGORITHMS = ("ES256", "RS256", "EdDSA")
# How many genuine tokens are remembered as such; about 1 KiB each.
REMEMBERED_SIGNATURES = 4096

_KEY_TYPES: dict[str, Literal["EC", "RSA", "OKP"]] = {"ES256": "EC", "RS256": "RSA", "EdDSA": "OKP"}
_P256 = ec.ECDSA(SHA256())
_PKCS1 = padding.PKCS1v15()
_SHA256 = SHA256()


class SigningKey:
    """One key pair, with the encoded header that every token of it begins with."""

    def __init__(self, kid: str, alg: str, private: PrivateKey, activates_at: int) -> None:
        self.kid = kid
        self.alg = alg
        self.activates_at = activates_at
        self.public = private.public_key()
        self._sign = _signer(private)
        header = msgspec.json.encode({"alg": alg, "typ": "at+jwt", "kid": kid})
        self.encoded_header = base64url(header) + b"."

    def sign(self, message: bytes) -> bytes:
        """Sign as RFC 7518 section 3 (ES256, RS256) or RFC 8037 section 3.1 (EdDSA) says."""
        return self._sign(message)

    def public_jwk(self) -> dict[str, str]:
        """The public half as published (RFC 7517 section 4)."""
        from joserfc.jwk import import_key  # noqa: PLC0415 - 40 ms that a start can do without

        der = self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = import_key(der, _KEY_TYPES[self.alg])
        jwk = {name: str(value) for name, value in key.as_dict(private=False).items()}
        return {**jwk, "use": "sig", "alg": self.alg, "kid": self.kid}


def _signer(private: PrivateKey) -> Callable[[bytes], bytes]:
    """Chosen once for a key: telling key types apart costs as much as a tenth of a signature."""
    if isinstance(private, rsa.RSAPrivateKey):
        return lambda message: private.sign(message, _PKCS1, _SHA256)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign

    def sign_es256(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, _P256))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign_es256


class KeySet:
    """The keys that are known at a moment, oldest first."""

    def __init__(self, keys: tuple[SigningKey, ...]) -> None:
        self.keys = keys
        self._by_kid = {key.kid: key for key in keys}

    def verifying(self, kid: str) -> SigningKey | None:
        """The key of that name, whether or not it is in use yet: another process may be ahead of us."""
        return self._by_kid.get(kid)

    def signing(self, now: int) -> SigningKey:
        """The newest key that is in use. Raises LookupError when none is, which a running server never meets."""
        for key in reversed(self.keys):
            if key.activates_at <= now:
                return key
        if not self.keys:
            raise LookupError("no signing key is in use")
        # A clock that runs behind the one that made the first key must not stop the server.
        return self.keys[0]

    def published(self) -> list[dict[str, str]]:
        """The key set document's `keys` (RFC 7517 section 5), computed from the decrypted private ones."""
        return [key.public_jwk() for key in self.keys]


def generate_private_key(alg: str) -> PrivateKey:
    """Make a key pair for one of `ALGORITHMS`. Raises ValueError for another one."""
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if alg == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    raise ValueError(f"unknown signing algorithm: {alg}")


def serialize_private_key(key: PrivateKey) -> bytes:
    """PKCS #8 in DER, for sealing; never stored as it is."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private_key(der: bytes) -> PrivateKey:
    """Read what `serialize_private_key` wrote. Raises ValueError for another kind of key."""
    key = load_der_private_key(der, password=None)
    if isinstance(key, PrivateKey):
        return key
    raise ValueError("unknown kind of signing key")


def is_signed(key: SigningKey, message: bytes, signature: bytes) -> bool:
    """Is this the key's signature of the message? Genuine ones are remembered: signatures don't go stale."""
    try:
        _verify(key, message, signature)
    except InvalidSignature:
        return False
    return True


# What raises is not remembered: nobody crowds the genuine ones out by sending forged ones.
@lru_cache(maxsize=REMEMBERED_SIGNATURES)
def _verify(key: SigningKey, message: bytes, signature: bytes) -> None:
    public = key.public
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(_der(signature), message, _P256)
    elif isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, message, _PKCS1, _SHA256)
    else:
        public.verify(signature, message)


def _der(signature: bytes) -> bytes:
    if len(signature) != 64:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
