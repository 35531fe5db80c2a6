"""The server's public keys (RFC 7517): which of them verify a signature, and with which one algorithm each."""

import warnings
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry

# What a key's signature may be made with, by `kty` and `crv`; the first one where the key does not say (`alg`).
ALGORITHMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
    ("RSA", ""): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
}


class PublicKey:
    """One key that verifies signatures. `jwk` is as it was published."""

    __slots__ = ("_algorithm", "_key", "alg", "jwk")

    def __init__(self, jwk: Mapping[str, Any], alg: str) -> None:
        """Raises JoseError or ValueError where the key is none, SecurityWarning where it is a weak one."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            self._key = import_key(dict(jwk))
        self._algorithm = JWSRegistry.algorithms[alg]
        self.jwk = jwk
        self.alg = alg

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Is this the key's signature of the message (RFC 7515 section 5.2)?"""
        return self._algorithm.verify(message, signature, self._key)


def read_keys(document: object, known: Mapping[str, PublicKey]) -> dict[str, PublicKey] | None:
    """The keys of a key set (RFC 7517 section 5) that verify signatures, by `kid`; None if it is no key set.

    A key that is among the `known` ones stays the same object, and with it all that is remembered of its signatures.
    Keys that cannot be used are passed over (section 5): symmetric, weak, for encryption, nameless, of a new kind.
    """
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list):
        return None
    found: dict[str, PublicKey] = {}
    for jwk in jwks:
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if not isinstance(kid, str) or kid in found:
            continue
        same = known.get(kid)
        key = same if same is not None and same.jwk == jwk else read_key(jwk)
        if key is not None:
            found[kid] = key
    return found


def read_key(jwk: Mapping[str, Any]) -> PublicKey | None:
    """The key, or None if it verifies no signatures that we know."""
    kind = (str(jwk.get("kty")), str(jwk.get("crv", "")))
    allowed = ALGORITHMS.get(kind, ())
    if not allowed or jwk.get("use", "sig") != "sig" or jwk.get("alg", allowed[0]) not in allowed:
        return None
    try:
        return PublicKey(jwk, jwk.get("alg", allowed[0]))
    except (JoseError, SecurityWarning, ValueError, TypeError):
        return None
