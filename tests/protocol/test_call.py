import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.vectors import vectors

from grantwell.protocol.call import FORM, JSON, Call, parse_form, parse_json_object
from grantwell.protocol.errors import InvalidRequest, UnsupportedMediaType

NAMES = st.text(min_size=1, max_size=8).filter(lambda text: "\0" not in text)
VALUES = st.text(max_size=20).filter(lambda text: "\0" not in text)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), VALUES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


def call(body: bytes, content_type: str) -> Call:
    return Call("POST", {}, b"", content_type, "", body)


@pytest.mark.parametrize("vector", vectors("form"))
def test_a_form_is_read_as_the_rfc_writes_it(vector: dict[str, Any]) -> None:
    assert parse_form(vector["body"].encode()) == vector["parameters"]


@given(st.dictionaries(NAMES, VALUES), st.sampled_from((quote, quote_plus)))
def test_a_form_is_read_back_however_it_was_encoded(parameters: dict[str, str], encode: Any) -> None:
    body = "&".join(f"{encode(name)}={encode(value)}" for name, value in parameters.items())
    assert parse_form(body.encode()) == parameters


@given(st.text("abc=&+%24EFé[]", max_size=20))
def test_a_form_is_read_as_the_standard_library_reads_it_or_refused(text: str) -> None:
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    repeated = len(dict(pairs)) != len(pairs)
    undecodable = any("\udc80" <= char <= "\udcff" for pair in pairs for char in pair[0] + pair[1])
    if repeated or undecodable:
        with pytest.raises(InvalidRequest) as caught:
            parse_form(text.encode())
        assert caught.value.reason in {"repeated_parameter", "invalid_encoding"}
    else:
        assert parse_form(text.encode()) == dict(pairs)


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a=1&a=1", b"a&a", b"a=1&%61=2", b"a=&a=", b"=1&=2"])
def test_a_parameter_that_is_said_twice_is_refused(body: bytes) -> None:
    with refused(InvalidRequest, "repeated_parameter"):
        parse_form(body)


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"%C3=1", b"a=%ED%A0%80"])
def test_what_is_not_utf_8_is_refused(body: bytes) -> None:
    with refused(InvalidRequest, "invalid_encoding"):
        parse_form(body)


@pytest.mark.parametrize("body", [b"a=%00", b"a=\0", b"%00=1", b"a\0=1"])
def test_a_nul_in_a_form_is_refused(body: bytes) -> None:
    with refused(InvalidRequest, "nul_character"):
        parse_form(body)


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        (b"", {}),
        (b"&&", {}),
        (b"a", {"a": ""}),
        (b"a=", {"a": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=%", {"a": "%"}),
        (b"a=%zz", {"a": "%zz"}),
        (b"a;b=1", {"a;b": "1"}),
        ("a=é".encode(), {"a": "é"}),
    ],
)
def test_a_form_is_read_as_browsers_write_it(body: bytes, parameters: dict[str, str]) -> None:
    assert parse_form(body) == parameters


@given(st.dictionaries(NAMES, JSON_VALUES, max_size=4), st.booleans())
def test_a_json_object_is_read_back(value: dict[str, Any], ensure_ascii: bool) -> None:
    assert parse_json_object(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}{}",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"line\nend"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"a":' * 13_000 + b"1" + b"}" * 13_000,
        b"[]",
        b"null",
        b'"a"',
        b"1",
    ],
)
def test_what_is_not_one_json_object_is_refused(body: bytes) -> None:
    with refused(InvalidRequest, "invalid_json"):
        parse_json_object(body)


@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"a":{"b":1,"b":2}}'])
def test_a_json_name_that_is_said_twice_is_refused(body: bytes) -> None:
    with refused(InvalidRequest, "repeated_parameter"):
        parse_json_object(body)


@pytest.mark.parametrize("body", [b'{"a":"\\u0000"}', b'{"a":["x\\u0000y"]}', b'{"\\u0000":1}', b'{"a":"\\\\\\u0000"}'])
def test_a_nul_in_json_is_refused_however_deep(body: bytes) -> None:
    with refused(InvalidRequest, "nul_character"):
        parse_json_object(body)


def test_a_backslash_before_u0000_is_just_text() -> None:
    assert parse_json_object(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


def test_the_content_type_says_how_a_body_is_read() -> None:
    assert call(b"a=%7B%7D", FORM).form_or_json() == {"a": "{}"}
    assert call(b'{"a":"x=1&y=2"}', JSON).form_or_json() == {"a": "x=1&y=2"}


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data", "application/jwt"])
def test_another_content_type_is_refused(content_type: str) -> None:
    with refused(UnsupportedMediaType, "unsupported_media_type"):
        call(b"a=1", content_type).form_or_json()
    with refused(UnsupportedMediaType, "unsupported_media_type"):
        call(b"{}", content_type).json()


def test_a_form_is_no_json() -> None:
    with refused(UnsupportedMediaType, "unsupported_media_type"):
        call(b"a=1", FORM).json()


@pytest.mark.parametrize("value", [1, 1.5, True, False, [], ["x"], {}, {"x": "y"}])
def test_every_protocol_parameter_is_a_string(value: Any) -> None:
    with refused(InvalidRequest, "parameter_not_a_string"):
        call(json.dumps({"a": value}).encode(), JSON).form_or_json()


def test_a_null_parameter_counts_as_left_out() -> None:
    assert call(b'{"a":null,"b":"x"}', JSON).form_or_json() == {"b": "x"}


def test_an_empty_body_is_an_empty_object_only_where_that_is_said() -> None:
    assert call(b"", "").json(empty_is_object=True) == {}
    assert call(b"", JSON).json(empty_is_object=True) == {}
    with refused(InvalidRequest, "invalid_json"):
        call(b"", JSON).json()


def test_the_query_is_read_like_a_form() -> None:
    assert Call("GET", {}, b"page%5Bsize%5D=5", "", "", b"").query() == {"page[size]": "5"}
    with refused(InvalidRequest, "repeated_parameter"):
        Call("GET", {}, b"a=1&a=2", "", "", b"").query()


@pytest.mark.parametrize("vector", vectors("bearer"))
def test_a_bearer_is_read_from_the_header(vector: dict[str, Any]) -> None:
    assert Call("GET", {}, b"", "", vector["header"], b"").bearer() == vector["credential"]


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_or_refused(body: bytes) -> None:
    for content_type in (FORM, JSON):
        with suppress(InvalidRequest):
            call(body, content_type).form_or_json()
