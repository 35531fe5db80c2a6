from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.vectors import vectors

from grantwell.protocol.encoding import decode_base64url, encode_base64url

BASE64_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \n"


@pytest.mark.parametrize("vector", vectors("base64url"))
def test_base64url_is_written_and_read_as_the_rfc_says(vector: dict[str, Any]) -> None:
    assert encode_base64url(bytes(vector["octets"])) == vector["text"]
    assert decode_base64url(vector["text"]) == bytes(vector["octets"])


@given(st.binary(max_size=100))
def test_whatever_is_written_is_read_again(data: bytes) -> None:
    assert decode_base64url(encode_base64url(data)) == data


@given(st.one_of(st.text(BASE64_CHARACTERS, max_size=12), st.text(max_size=12)))
def test_the_same_bytes_have_one_spelling(text: str) -> None:
    data = decode_base64url(text)
    assert data is None or encode_base64url(data) == text


@pytest.mark.parametrize(
    "text", ["Zg==", "Zh", "A+z/4ME", "A-z_4ME=", "A", "Zm9v\n", " Zm9v", "Zm9v!", "Zm.9v", "Zm9ü"]
)
def test_another_spelling_is_not_read(text: str) -> None:
    assert decode_base64url(text) is None
