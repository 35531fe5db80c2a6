"""Signatures verified from the formulas alone, by code that shares nothing with the server's."""

from base64 import urlsafe_b64decode
from hashlib import sha256

Point = tuple[int, int] | None

# NIST P-256 (FIPS 186-4 appendix D.1.2.3).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SHA_256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def es256_verifies(jwk: dict[str, str], message: bytes, signature: str) -> bool:
    """ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4, SEC 1 section 4.1.4)."""
    octets = _octets(signature)
    r, s = int.from_bytes(octets[:32]), int.from_bytes(octets[32:])
    if len(octets) != 64 or not (0 < r < N and 0 < s < N):
        return False
    inverse, digest = pow(s, -1, N), int.from_bytes(sha256(message).digest())
    public = (int.from_bytes(_octets(jwk["x"])), int.from_bytes(_octets(jwk["y"])))
    point = _add(_times(digest * inverse % N, G), _times(r * inverse % N, public))
    return point is not None and point[0] % N == r


def rs256_verifies(jwk: dict[str, str], message: bytes, signature: str) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3, RFC 8017 section 8.2.2)."""
    n, e = int.from_bytes(_octets(jwk["n"])), int.from_bytes(_octets(jwk["e"]))
    size = (n.bit_length() + 7) // 8
    ending = b"\0" + SHA_256_DIGEST_INFO + sha256(message).digest()
    expected = b"\0\1" + b"\xff" * (size - 2 - len(ending)) + ending
    return pow(int.from_bytes(_octets(signature)), e, n).to_bytes(size) == expected


def _octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope**2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _times(factor: int, point: Point) -> Point:
    product: Point = None
    while factor:
        if factor & 1:
            product = _add(product, point)
        point, factor = _add(point, point), factor >> 1
    return product
