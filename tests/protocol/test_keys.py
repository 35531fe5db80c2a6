from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import import_key
from tests.support.values import NOW, a_signing_key
from tests.support.vectors import vectors

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.keys import (
    ALGORITHMS,
    KeySet,
    PrivateKey,
    SigningKey,
    _verify,
    generate_private_key,
    is_signed,
    load_private_key,
    serialize_private_key,
)

KEY_TYPES = {"ES256": "EC", "RS256": "RSA", "EdDSA": "OKP"}
SIZES = {"ES256": 64, "EdDSA": 64, "RS256": 256}


def number(jwk: dict[str, str], name: str) -> int:
    return int.from_bytes(octets(jwk[name]))


def octets(text: str) -> bytes:
    data = decode_base64url(text)
    assert data is not None
    return data


def private_key(jwk: dict[str, str]) -> PrivateKey:
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PrivateKey.from_private_bytes(octets(jwk["d"]))
    if jwk["kty"] == "EC":
        public = ec.EllipticCurvePublicNumbers(number(jwk, "x"), number(jwk, "y"), ec.SECP256R1())
        return ec.EllipticCurvePrivateNumbers(number(jwk, "d"), public).private_key()
    n, e, d = (number(jwk, name) for name in "ned")
    p, q = rsa.rsa_recover_prime_factors(n, e, d)
    parts = (p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(*parts, rsa.RSAPublicNumbers(e, n)).private_key()


def signing_key(vector: dict[str, Any]) -> SigningKey:
    return SigningKey("vector", vector["alg"], private_key(vector["jwk"]), 0)


@pytest.mark.parametrize("vector", vectors("jws"))
def test_the_rfcs_signature_is_genuine_and_no_other_is(vector: dict[str, Any]) -> None:
    key, message = signing_key(vector), vector["signing_input"].encode()
    signature = octets(vector["signature"])
    assert is_signed(key, message, signature)
    assert not is_signed(key, message + b" ", signature)
    assert not is_signed(key, message, bytes((signature[0] ^ 1,)) + signature[1:])


@pytest.mark.parametrize("vector", vectors("jws"))
def test_what_is_signed_with_the_rfcs_key_is_genuine(vector: dict[str, Any]) -> None:
    key = signing_key(vector)
    signature = key.sign(vector["signing_input"].encode())
    assert is_signed(key, vector["signing_input"].encode(), signature)
    # These two sign the same message always alike.
    if vector["alg"] != "ES256":
        assert encode_base64url(signature) == vector["signature"]


@pytest.mark.parametrize("vector", vectors("jws"))
def test_the_rfcs_key_is_published_without_its_private_half(vector: dict[str, Any]) -> None:
    public = {name: value for name, value in vector["jwk"].items() if name != "d"}
    assert signing_key(vector).public_jwk() == {**public, "use": "sig", "alg": vector["alg"], "kid": "vector"}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_signatures_have_the_size_of_their_algorithm(alg: str) -> None:
    assert len(a_signing_key("sized", alg).sign(b"message")) == SIZES[alg]


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("signature", [b"", b"\0", bytes(63), bytes(64), bytes(65), bytes(256), b"\xff" * 64])
def test_whatever_comes_as_a_signature_is_only_wrong(alg: str, signature: bytes) -> None:
    assert not is_signed(a_signing_key("sized", alg), b"message", signature)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_another_key_of_the_same_name_did_not_sign_it(alg: str) -> None:
    one, other = a_signing_key("one", alg), a_signing_key("other", alg)
    assert not is_signed(SigningKey("one", alg, generate_private_key(alg), 0), b"m", one.sign(b"m"))
    assert not is_signed(other, b"m", one.sign(b"m"))


def test_a_signature_has_one_spelling() -> None:
    key = a_signing_key("sized")
    signature = key.sign(b"message")
    assert is_signed(key, b"message", signature)
    assert not is_signed(key, b"message", signature[:32] + b"\0" + signature[32:])
    assert not is_signed(key, b"message", b"\0" + signature)


def test_only_genuine_signatures_are_remembered() -> None:
    key = a_signing_key("remembered")
    before = _verify.cache_info().currsize
    for forged in range(20):
        assert not is_signed(key, b"message", bytes([forged]) * 64)
    assert _verify.cache_info().currsize == before
    with pytest.raises(InvalidSignature):
        _verify(key, b"message", bytes(64))
    signature = key.sign(b"message")
    assert is_signed(key, b"message", signature)
    hits = _verify.cache_info().hits
    assert is_signed(key, b"message", signature)
    assert _verify.cache_info().hits == hits + 1


def test_what_is_remembered_of_one_message_says_nothing_of_another() -> None:
    key = a_signing_key("remembered")
    signature = key.sign(b"message")
    assert is_signed(key, b"message", signature)
    assert not is_signed(key, b"another message", signature)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_published_key_can_be_imported_by_another_library(alg: str) -> None:
    jwk: dict[str, Any] = {**a_signing_key("published", alg).public_jwk()}
    assert jwk["kty"] == KEY_TYPES[alg]
    assert not import_key(jwk).is_private
    assert {"d", "p", "q", "dp", "dq", "qi"}.isdisjoint(jwk)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_private_key_is_read_again(alg: str) -> None:
    private = generate_private_key(alg)
    read = load_private_key(serialize_private_key(private))
    assert serialize_private_key(read) == serialize_private_key(private)


def test_an_unknown_algorithm_makes_no_key() -> None:
    with pytest.raises(ValueError, match="unknown signing algorithm: none"):
        generate_private_key("none")


def test_a_private_key_of_another_kind_is_not_read() -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    der = X25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="unknown kind of signing key"):
        load_private_key(der)


def test_the_newest_key_whose_time_has_come_signs() -> None:
    old, current, next_one = (a_signing_key(f"k{at}", activates_at=NOW + at) for at in (-10, 0, 10))
    keys = KeySet((old, current, next_one))
    assert keys.signing(NOW - 1) is old
    assert keys.signing(NOW) is current
    assert keys.signing(NOW + 9) is current
    assert keys.signing(NOW + 10) is next_one


def test_a_clock_behind_the_first_key_still_signs_with_it() -> None:
    first, second = (a_signing_key(f"k{at}", activates_at=NOW + at) for at in (10, 20))
    assert KeySet((first, second)).signing(NOW) is first


def test_without_any_key_nothing_is_signed() -> None:
    with pytest.raises(LookupError):
        KeySet(()).signing(NOW)


def test_a_key_that_is_not_yet_in_use_is_published_and_verifies() -> None:
    waiting = a_signing_key("waiting", activates_at=NOW + 999)
    keys = KeySet((a_signing_key(), waiting))
    assert [jwk["kid"] for jwk in keys.published()] == ["key-1", "waiting"]
    assert keys.verifying("waiting") is waiting
    assert keys.verifying("unknown") is None
