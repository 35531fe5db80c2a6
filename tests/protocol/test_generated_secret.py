from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.values import Entropy

from grantwell.protocol.generated_secret import (
    API_KEY,
    AUTHORIZATION_CODE,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    SESSION,
    hash_secret,
    matches_hash,
    new_secret,
    payload_of,
    with_checksum,
)

PREFIXES = (API_KEY, CLIENT_SECRET, SESSION, REFRESH_TOKEN, AUTHORIZATION_CODE)


@given(st.sampled_from(PREFIXES), st.binary(max_size=64))
def test_a_payload_is_read_again_behind_its_own_prefix(prefix: str, payload: bytes) -> None:
    assert payload_of(prefix, with_checksum(prefix, payload)) == payload


@given(st.sampled_from(PREFIXES), st.sampled_from(PREFIXES), st.binary(min_size=16, max_size=64))
def test_the_checksum_covers_the_prefix(prefix: str, other: str, payload: bytes) -> None:
    moved = other + with_checksum(prefix, payload).removeprefix(prefix)
    assert (payload_of(other, moved) is None) is (prefix != other)


@given(st.data())
def test_a_mistyped_secret_is_noticed(data: st.DataObject) -> None:
    secret = new_secret(API_KEY, Entropy())
    place = data.draw(st.integers(0, len(secret) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda found: found != secret[place]))
    assert payload_of(API_KEY, secret[:place] + character + secret[place + 1 :]) is None


@given(st.sampled_from(PREFIXES), st.text(max_size=80))
def test_any_text_is_read_without_complaint(prefix: str, text: str) -> None:
    payload = payload_of(prefix, prefix + text)
    assert payload is None or with_checksum(prefix, payload) == prefix + text


@pytest.mark.parametrize("text", ["", "gw_key_", "gw_key_A", "gw_key_AAA", "gw_key_AAAA", "GW_KEY_AAAAAAAA"])
def test_what_is_too_short_for_a_checksum_is_nothing(text: str) -> None:
    assert payload_of(API_KEY, text) is None


def test_a_secret_holds_256_bits_of_the_entropy_it_was_given() -> None:
    assert payload_of(API_KEY, new_secret(API_KEY, Entropy())) == Entropy()(32)


def test_two_secrets_differ() -> None:
    entropy = Entropy()
    assert new_secret(API_KEY, entropy) != new_secret(API_KEY, entropy)


def test_what_is_stored_is_the_sha_256_of_the_whole_secret() -> None:
    assert hash_secret("gw_key_é") == sha256("gw_key_é".encode()).hexdigest()


def test_a_secret_matches_its_hash_and_no_other() -> None:
    assert matches_hash("one", hash_secret("one"))
    assert not matches_hash("one", hash_secret("two"))
    assert not matches_hash("one", "")
