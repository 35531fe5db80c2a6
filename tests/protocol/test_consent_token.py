import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey
from tests.support.values import (
    CHALLENGE,
    OTHER_SECRETS,
    SECRETS,
    a_consent_request,
    a_consent_token,
)

from grantwell.protocol.consent_token import (
    MAXIMUM_LENGTH,
    MAXIMUM_REQUEST_BYTES,
    browser_binding,
    fits,
    open_consent_token,
    seal_consent_request,
)
from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.server_secrets import server_secrets

KEYS = SECRETS.consent
TEXTS = st.text(max_size=20)
OPTIONAL = st.one_of(st.none(), TEXTS)


def sealed_by_us(plaintext: bytes, **header: Any) -> str:
    """Whatever the test wants, under this server's own key."""
    protected = {"alg": "dir", "enc": "A256GCM", "kid": KEYS.primary_id, **header}
    return jwe.encrypt_compact(protected, plaintext, OctKey.import_key(KEYS.primary), algorithms=["dir", "A256GCM"])


def with_header(token: str, header: Any) -> str:
    _, _, rest = token.partition(".")
    return f"{encode_base64url(json.dumps(header).encode())}.{rest}"


@given(
    st.builds(
        ConsentRequest,
        *[TEXTS] * 4,
        st.lists(TEXTS, max_size=4).map(tuple),
        TEXTS,
        *[OPTIONAL] * 4,
        *[st.integers(0, 2**53)] * 2,
    )
)
def test_what_is_sealed_is_opened_again(request: ConsentRequest) -> None:
    assert open_consent_token(seal_consent_request(request, KEYS), KEYS) == request


def test_nothing_of_the_request_can_be_read_in_the_token() -> None:
    token = a_consent_token(a_consent_request(state="a" * 300))
    for part in token.split("."):
        assert b"aaa" not in (decode_base64url(part) or b"")


def test_the_token_fits_into_a_path_segment() -> None:
    assert set(a_consent_token()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_the_same_request_is_never_sealed_alike() -> None:
    assert a_consent_token() != a_consent_token()


def test_another_server_cannot_open_it() -> None:
    assert open_consent_token(a_consent_token(), OTHER_SECRETS.consent) is None


def test_another_purposes_key_cannot_open_it() -> None:
    assert open_consent_token(a_consent_token(), SECRETS.lineage) is None


def test_an_older_server_secret_still_opens_what_it_sealed() -> None:
    rotated = server_secrets((b"the secret that has followed it, 32+", b"a server secret for tests, of 32+"))
    assert open_consent_token(a_consent_token(), rotated.consent) == a_consent_request()


@given(st.data())
def test_one_character_changed_opens_nothing_or_the_same(data: st.DataObject) -> None:
    token = a_consent_token()
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda found: found != token[place]))
    # The library does not mind the unused bits of a last character; what it then opens is what was sealed.
    assert open_consent_token(token[:place] + character + token[place + 1 :], KEYS) in (None, a_consent_request())


@pytest.mark.parametrize(
    "header",
    [
        [],
        None,
        1,
        "dir",
        {},
        {"alg": "dir", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A256GCM", "kid": "unknown"},
        {"alg": "dir", "enc": "A256GCM", "kid": 1},
        {"alg": "dir", "enc": "A256GCM", "kid": KEYS.primary_id, "crit": 1},
        {"alg": "dir", "enc": "A256GCM", "kid": KEYS.primary_id, "crit": ["exp"]},
        {"alg": "dir", "enc": "A256GCM", "kid": KEYS.primary_id, "zip": "DEF"},
        {"alg": "none", "enc": "A256GCM", "kid": KEYS.primary_id},
        {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": KEYS.primary_id},
        {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "kid": KEYS.primary_id, "p2c": 10**9, "p2s": "A"},
        {"alg": "dir", "enc": "A128CBC-HS256", "kid": KEYS.primary_id},
    ],
)
def test_a_header_that_is_not_ours_opens_nothing(header: Any) -> None:
    assert open_consent_token(with_header(a_consent_token(), header), KEYS) is None


def test_a_header_with_more_than_ours_opens_nothing_though_it_was_sealed_so() -> None:
    plaintext = json.dumps({"consent_id": "x"}).encode()
    assert open_consent_token(sealed_by_us(plaintext, cty="JWT"), KEYS) is None


@pytest.mark.parametrize("plaintext", [b"", b"{}", b"[]", b"\xff", b'{"consent_id":1}', b'{"consent_id":"x"}'])
def test_what_another_release_may_have_sealed_opens_nothing(plaintext: bytes) -> None:
    assert open_consent_token(sealed_by_us(plaintext), KEYS) is None


@given(st.one_of(st.text(), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*")))
def test_any_text_is_read_without_complaint(text: str) -> None:
    assert open_consent_token(text, KEYS) is None
    head = a_consent_token().partition(".")[0]
    assert open_consent_token(f"{head}.{text}", KEYS) is None


def test_a_token_is_at_most_4_kib() -> None:
    assert open_consent_token(a_consent_token() + "A" * MAXIMUM_LENGTH, KEYS) is None


def test_what_fits_can_be_opened_again_and_what_does_not_fit_cannot() -> None:
    length = MAXIMUM_REQUEST_BYTES - (MAXIMUM_REQUEST_BYTES - _bytes_without_state())
    largest = a_consent_request(state="s" * (MAXIMUM_REQUEST_BYTES - length))
    assert fits(largest)
    assert open_consent_token(a_consent_token(largest), KEYS) == largest
    assert MAXIMUM_LENGTH - 16 < len(a_consent_token(largest)) <= MAXIMUM_LENGTH
    too_large = a_consent_request(state="s" * (MAXIMUM_REQUEST_BYTES - length + 1))
    assert not fits(too_large)
    assert open_consent_token(a_consent_token(a_consent_request(state="s" * 4000)), KEYS) is None


def _bytes_without_state() -> int:
    from msgspec.json import encode

    return len(encode(a_consent_request(state="")))


def test_a_browser_is_bound_by_a_cookie_that_only_https_can_set() -> None:
    name, value = browser_binding("token", secure=True)
    assert name.startswith("__Host-grantwell.")
    assert browser_binding("token", secure=True) == (name, value)
    assert browser_binding("token", secure=False) == (name.removeprefix("__Host-"), value)


def test_each_consent_token_has_a_cookie_of_its_own() -> None:
    one, other = browser_binding("one", secure=True), browser_binding("other", secure=True)
    assert one[0] != other[0]


def test_a_full_jar_of_these_cookies_still_fits_a_request() -> None:
    """Browsers keep 180 cookies for a site, and proxies take 8 KiB of a header."""
    name, value = browser_binding("token", secure=True)
    assert 180 * len(f"{name}={value}; ") < 8000


def test_the_cookie_does_not_tell_the_token() -> None:
    token = a_consent_token()
    assert token not in "".join(browser_binding(token, secure=True))
    assert CHALLENGE not in token
