"""Which published keys are used, and for which algorithm each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from grantwell.protocol.encoding import encode_base64url
from grantwell.resource.access_token import read_signed
from grantwell.resource.public_keys import read_key, read_keys

EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


def jwk(key: ECKey | RSAKey | OKPKey, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


@pytest.mark.parametrize(
    ("key", "said", "alg"),
    [
        (EC, None, "ES256"),
        (EC, "ES256", "ES256"),
        (RSA, None, "RS256"),
        (RSA, "PS256", "PS256"),
        (ED, None, "EdDSA"),
        (ED, "Ed25519", "Ed25519"),
    ],
)
def test_a_key_verifies_with_the_one_algorithm_that_it_is_for(
    key: ECKey | RSAKey | OKPKey, said: str | None, alg: str
) -> None:
    public = read_key(jwk(key, **({"alg": said} if said else {}), use="sig"))
    assert public is not None
    assert public.alg == alg
    signature = JWSRegistry.algorithms[alg].sign(b"message", key)
    assert public.is_signed(b"message", signature)
    assert not public.is_signed(b"another message", signature)
    assert not public.is_signed(b"message", b"")


@pytest.mark.parametrize(
    "unfit",
    [
        pytest.param(jwk(EC, alg="RS256"), id="an algorithm of another kind of key"),
        pytest.param(jwk(RSA, alg="HS256"), id="a symmetric algorithm"),
        pytest.param(jwk(EC, alg=None), id="no algorithm's name"),
        pytest.param(jwk(EC, use="enc"), id="for encryption"),
        pytest.param(jwk(EC, x="AAAA"), id="not on the curve"),
        pytest.param(jwk(EC, x=17), id="not even text"),
        pytest.param(jwk(EC, kty="KEM"), id="a kind to come"),
        pytest.param(jwk(ED, crv="X25519"), id="a key for agreement"),
        pytest.param({"kty": "EC", "crv": "P-256"}, id="without its material"),
        pytest.param(OctKey.generate_key(256).as_dict(private=True), id="a secret"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_verifies_nothing_is_passed_over(unfit: dict[str, Any]) -> None:
    assert read_key(unfit) is None
    found = read_keys({"keys": [{**unfit, "kid": "unfit"}, jwk(EC)]}, {})
    assert found is not None
    assert list(found) == ["ec"]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_key_that_is_too_short_is_passed_over() -> None:
    assert read_key(jwk(RSAKey.generate_key(1024))) is None


def test_a_key_without_a_name_or_with_another_ones_is_passed_over() -> None:
    other = ECKey.generate_key("P-256", {"kid": "ec"})
    found = read_keys({"keys": [jwk(EC, kid=None), "text", jwk(EC), jwk(other)]}, {})
    assert found is not None
    assert list(found) == ["ec"]
    assert found["ec"].jwk["x"] == jwk(EC)["x"]


@given(st.text(max_size=60), st.binary(max_size=80), st.sampled_from([EC, RSA, ED]))
def test_whatever_is_presented_is_signed_or_not_and_breaks_nothing(
    text: str, signature: bytes, key: ECKey | RSAKey | OKPKey
) -> None:
    public = read_key(jwk(key))
    assert public is not None
    assert not public.is_signed(text.encode("utf-8", "replace"), signature)
    assert read_signed(text, public) is None
    assert read_signed(f"e30.e30.{encode_base64url(signature)}", public) is None


def test_what_is_signed_and_is_no_json_object_makes_no_token() -> None:
    public = read_key(jwk(EC))
    assert public is not None
    for said in (b"[]", b"{", b"[" * 10_000, b"\xff", b'"text"'):
        message = f"e30.{encode_base64url(said)}"
        signature = JWSRegistry.algorithms["ES256"].sign(message.encode(), EC)
        assert public.is_signed(message.encode(), signature)
        assert read_signed(f"{message}.{encode_base64url(signature)}", public) is None


def test_a_key_that_stays_is_the_same_one_and_one_that_changed_is_not() -> None:
    before = read_keys({"keys": [jwk(EC), jwk(RSA)]}, {})
    assert before is not None
    after = read_keys({"keys": [jwk(EC), jwk(RSA, alg="PS256")]}, before)
    assert after is not None
    assert after["ec"] is before["ec"]
    assert after["rsa"] is not before["rsa"]
