"""Our tokens, read by software that is not ours; and what is not ours, read by us."""

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet as JoseKeySet
from tests.support.signature_arithmetic import es256_verifies, rs256_verifies
from tests.support.values import ISSUER, NOW, a_context, a_signing_key, an_access_token, claims, own_claims

from grantwell.protocol.access_token import (
    AccessTokenClaims,
    Header,
    PresentedAccessToken,
    read_access_token,
    refuse_access_token,
)
from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.keys import ALGORITHMS, KeySet, SigningKey

KEYS = KeySet((a_signing_key(),))


def refusal(text: str, now: int = NOW, keys: KeySet = KEYS, issuer: str = ISSUER) -> str | None:
    token = read_access_token(text)
    assert token is not None
    return refuse_access_token(token, keys, issuer, now)


def forged(header: Any, said: Any, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(said).encode(), signature)
    return ".".join(encode_base64url(part) for part in parts)


def signed_with_header(key: SigningKey, **header: str) -> str:
    """A token that the key really signed, under a header of the test's choice."""
    encoded = encode_base64url(json.dumps({"alg": key.alg, "typ": "at+jwt", "kid": key.kid, **header}).encode())
    signing_input = f"{encoded}.{encode_base64url(msgspec.json.encode(claims()))}"
    return f"{signing_input}.{encode_base64url(key.sign(signing_input.encode()))}"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_another_library_verifies_our_tokens_by_our_published_keys(alg: str) -> None:
    key = a_signing_key("other", alg)
    published = json.loads(json.dumps({"keys": KeySet((a_signing_key(), key)).published()}))
    token = jwt.decode(an_access_token(claims(), key), JoseKeySet.import_key_set(published), algorithms=[alg])
    assert token.header == {"alg": alg, "typ": "at+jwt", "kid": "other"}
    assert token.claims["sub"] == "user-1"


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_arithmetic_alone_verifies_our_tokens(alg: str) -> None:
    key = a_signing_key("other", alg)
    signing_input, _, signature = an_access_token(claims(), key).rpartition(".")
    verifies = {"ES256": es256_verifies, "RS256": rs256_verifies}[alg]
    assert verifies(key.public_jwk(), signing_input.encode(), signature)
    assert not verifies(key.public_jwk(), signing_input.encode() + b" ", signature)


def test_a_token_says_what_rfc_9068_requires() -> None:
    payload = json.loads(decode_base64url(an_access_token().split(".")[1]) or b"")
    required = {"iss": str, "exp": int, "aud": str, "sub": str, "client_id": str, "iat": int, "jti": str, "scope": str}
    assert {name: type(payload[name]) for name in required} == required
    assert payload["exp"] == payload["iat"] + 1800


def test_a_token_says_of_itself_that_it_is_an_access_token() -> None:
    header = json.loads(decode_base64url(an_access_token().split(".")[0]) or b"")
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": "key-1"}


def test_a_token_of_a_client_names_neither_lineage_nor_session() -> None:
    payload = json.loads(decode_base64url(an_access_token(own_claims()).split(".")[1]) or b"")
    assert {"lineage", "sid"}.isdisjoint(payload)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_our_own_token_is_read_and_believed(alg: str) -> None:
    key = a_signing_key("own", alg)
    token = read_access_token(an_access_token(claims(), key))
    assert token is not None
    assert token.claims == claims()
    assert refuse_access_token(token, KeySet((key,)), ISSUER, NOW) is None


STRINGS = st.text(max_size=10).filter(lambda text: "\0" not in text)


@given(st.builds(AccessTokenClaims, *[STRINGS] * 4, *[st.integers(0, 2**53)] * 2, *[STRINGS] * 4))
def test_whatever_was_claimed_is_read_again(said: AccessTokenClaims) -> None:
    token = read_access_token(an_access_token(said))
    assert token is not None
    assert token.claims == said


def test_a_token_expires_at_its_time_and_not_before() -> None:
    assert refusal(an_access_token(), NOW + 1799) is None
    assert refusal(an_access_token(), NOW + 1800) == "token_expired"


def test_a_token_of_another_issuer_is_refused() -> None:
    assert refusal(an_access_token(claims(iss="https://evil.test"))) == "token_wrong_issuer"
    assert refusal(an_access_token(), issuer=f"{ISSUER}/") == "token_wrong_issuer"


def test_a_token_under_an_unknown_key_is_refused() -> None:
    assert refusal(an_access_token(), keys=KeySet(())) == "token_unknown_key"


@pytest.mark.parametrize("typ", ["JWT", "", "jwt", "at+jwt2", "id+jwt"])
def test_a_jwt_of_another_type_is_no_access_token(typ: str) -> None:
    assert refusal(signed_with_header(a_signing_key(), typ=typ)) == "token_wrong_type"


def test_the_case_of_the_type_does_not_count() -> None:
    assert refusal(signed_with_header(a_signing_key(), typ="AT+JWT")) is None


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "EdDSA", "es256", ""])
def test_a_header_cannot_choose_the_algorithm(alg: str) -> None:
    assert refusal(signed_with_header(a_signing_key(), alg=alg)) == "token_wrong_algorithm"


def test_the_published_key_is_no_hmac_key() -> None:
    from hashlib import sha256
    from hmac import digest

    key = a_signing_key("rsa", "RS256")
    pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = forged({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}, msgspec.to_builtins(claims()))
    signing_input = head.rpartition(".")[0]
    text = f"{signing_input}.{encode_base64url(digest(pem, signing_input.encode(), sha256))}"
    assert refusal(text, keys=KeySet((key,))) == "token_wrong_algorithm"


def test_an_unsigned_token_is_refused() -> None:
    text = forged({"alg": "ES256", "typ": "at+jwt", "kid": "key-1"}, msgspec.to_builtins(claims()))
    assert refusal(text) == "token_wrong_signature"


def test_the_signature_covers_every_claim() -> None:
    head, _, signature = an_access_token().split(".")
    said = encode_base64url(msgspec.json.encode(claims(sub="user-2")))
    assert refusal(f"{head}.{said}.{signature}") == "token_wrong_signature"


def test_what_is_not_genuine_is_told_before_what_is_expired() -> None:
    head, said, _ = an_access_token().split(".")
    assert refusal(f"{head}.{said}.{encode_base64url(bytes(64))}", NOW + 9999) == "token_wrong_signature"


def test_each_check_comes_in_its_order() -> None:
    header, said = Header("HS256", "JWT", "nobody"), claims(iss="https://evil.test", exp=0)
    token = PresentedAccessToken(header, said, b"", b"")
    assert refuse_access_token(token, KEYS, ISSUER, NOW) == "token_wrong_type"


BAD_CLAIMS: list[Any] = [
    [],
    "text",
    {},
    {**msgspec.to_builtins(claims()), "aud": ["https://api.example.test"]},
    {**msgspec.to_builtins(claims()), "exp": "soon"},
    {**msgspec.to_builtins(claims()), "exp": 1.5},
    {**msgspec.to_builtins(claims()), "sub": None},
    {**msgspec.to_builtins(claims()), "client_id": "a\0b"},
    {**msgspec.to_builtins(claims()), "lineage": "\0"},
    {name: value for name, value in msgspec.to_builtins(claims()).items() if name != "jti"},
]


@pytest.mark.parametrize("said", BAD_CLAIMS)
def test_claims_that_are_not_of_ours_form_no_token(said: Any) -> None:
    assert read_access_token(forged({"alg": "ES256", "typ": "at+jwt", "kid": "key-1"}, said)) is None


@pytest.mark.parametrize("header", [[], {}, {"alg": "ES256", "typ": "at+jwt"}, {"alg": "ES256", "kid": "key-1"}, None])
def test_a_header_that_is_not_of_ours_forms_no_token(header: Any) -> None:
    assert read_access_token(forged(header, msgspec.to_builtins(claims()))) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "gw_key_AAAA",
        "a.b.c",
        an_access_token() + ".",
        an_access_token() + "=",
        an_access_token().replace(".", ".\n", 1),
        an_access_token() + "A" * 8192,
        "é.é.é",
        ".".join(encode_base64url(b"[" * 2000) for _ in range(3)),
    ],
)
def test_what_is_no_compact_jwt_is_no_token(text: str) -> None:
    assert read_access_token(text) is None


@given(st.data())
def test_one_character_changed_makes_it_worthless(data: st.DataObject) -> None:
    text = an_access_token()
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda found: found != text[place]))
    token = read_access_token(text[:place] + character + text[place + 1 :])
    assert token is None or refuse_access_token(token, KEYS, ISSUER, NOW) is not None


@given(st.one_of(st.text(), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*")))
def test_any_text_is_read_without_complaint(text: str) -> None:
    token = read_access_token(text)
    assert token is None or refuse_access_token(token, KEYS, ISSUER, NOW) is not None


def test_the_context_of_the_tests_knows_the_key_that_signs_there() -> None:
    assert a_context().keys.signing(NOW) is a_signing_key()
