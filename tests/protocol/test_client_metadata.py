from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.vectors import vectors

from grantwell.protocol.client_metadata import (
    BOOLEAN,
    STRING,
    STRINGS,
    FieldType,
    check_grant_types,
    check_name,
    check_redirect_uris,
    check_scopes,
    check_type,
    check_uri,
)
from grantwell.protocol.errors import Problem


@pytest.mark.parametrize(
    ("value", "field"),
    [("", STRING), ("a", STRING), (True, BOOLEAN), (False, BOOLEAN), ([], STRINGS), (["a", ""], STRINGS)],
)
def test_a_value_of_its_fields_type_is_fine(value: Any, field: FieldType) -> None:
    assert list(check_type("field", value, field)) == []


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (1, STRING),
        (None, STRING),
        ([], STRING),
        (1, BOOLEAN),
        ("true", BOOLEAN),
        (None, BOOLEAN),
        ("a", STRINGS),
        ([1], STRINGS),
        (["a", None], STRINGS),
        ({}, STRINGS),
        (None, STRINGS),
    ],
)
def test_a_value_of_another_type_is_named(value: Any, field: FieldType) -> None:
    assert list(check_type("field", value, field)) == [Problem("field", field.words)]


@pytest.mark.parametrize("name", ["a", "Fleet Manager", "Fénêtre 窓 🚀", "n" * 255])
def test_a_name_is_some_text(name: str) -> None:
    assert list(check_name("name", name)) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "must not be empty"),
        ("  ", "must not be empty"),
        ("\u00a0", "must not be empty"),
        ("n" * 256, "must be at most 255 characters"),
        ("two\nlines", "must consist of printable characters"),
        ("Your Bank\u202egpj.exe", "must consist of printable characters"),
        ("zero\u200bwidth", "must consist of printable characters"),
        ("nul\0", "must consist of printable characters"),
    ],
)
def test_a_name_is_one_line_without_invisible_tricks(name: str, message: str) -> None:
    assert list(check_name("name", name)) == [Problem("name", message)]


@pytest.mark.parametrize(
    "uri",
    ["https://a.test", "http://a.test/logo.png?x=1#y", "HTTPS://A.TEST/", "https://[::1]/", "https://a/" + "b" * 2038],
)
def test_a_page_may_link_to_a_web_address(uri: str) -> None:
    assert list(check_uri("logo_uri", uri)) == []


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "must be an absolute http or https URI"),
        ("/logo.png", "must be an absolute http or https URI"),
        ("a.test/logo.png", "must be an absolute http or https URI"),
        ("javascript:alert(1)", "must be an absolute http or https URI"),
        ("data:image/png;base64,AAAA", "must be an absolute http or https URI"),
        ("https:///logo.png", "must be an absolute http or https URI"),
        ("https://a.test/ b", "must be an absolute http or https URI"),
        ('https://a.test/"onload="x', "must be an absolute http or https URI"),
        ("https://a.test/<script>", "must be an absolute http or https URI"),
        ("https://a.test\\@evil.test", "must be an absolute http or https URI"),
        ("https://ä.test/", "must be an absolute http or https URI"),
        ("https://[::1].evil.test/", "must be an absolute http or https URI"),
        ("https://a.test:x/", "must be an absolute http or https URI"),
        ("https://a.test@evil.test/", "must not contain user information"),
        ("https://a/" + "b" * 2039, "must be at most 2048 characters"),
    ],
)
def test_a_page_links_to_nothing_else(uri: str, message: str) -> None:
    assert list(check_uri("logo_uri", uri)) == [Problem("logo_uri", message)]


def test_scopes_are_of_those_that_may_be_had() -> None:
    assert list(check_scopes("scopes", (), ("read",))) == []
    assert list(check_scopes("scopes", ("read",), ("admin", "read"))) == []
    subset = Problem("scopes", "must be a subset of admin, read")
    assert list(check_scopes("scopes", ("read", "fly"), ("admin", "read"))) == [subset]
    twice = Problem("scopes", "must not name a scope twice")
    assert list(check_scopes("scopes", ("read", "read"), ("admin", "read"))) == [twice]


@pytest.mark.parametrize(
    "grant_types", [(), ("refresh_token",), ("authorization_code", "client_credentials", "refresh_token")]
)
def test_grant_types_are_those_of_this_server(grant_types: tuple[str, ...]) -> None:
    assert list(check_grant_types("grant_types", grant_types)) == []


@pytest.mark.parametrize(
    "grant_types", [("password",), ("",), ("refresh_token", "refresh_token"), ("implicit", "code")]
)
def test_other_grant_types_are_named_with_those_that_there_are(grant_types: tuple[str, ...]) -> None:
    message = "must be of authorization_code, client_credentials, refresh_token, each at most once"
    assert list(check_grant_types("grant_types", grant_types)) == [Problem("grant_types", message)]


@pytest.mark.parametrize("vector", vectors("redirect_uris"))
def test_a_refused_redirect_uri_is_named_by_its_place_and_reason(vector: dict[str, Any]) -> None:
    uris = ("https://good.test/", vector["uri"])
    problems = list(check_redirect_uris("redirect_uris", uris, vector["client_type"]))
    if vector["refusal"] is None:
        assert problems == []
    else:
        (problem,) = problems
        assert problem.field == "redirect_uris"
        assert problem.message.startswith("URI number 2")
        assert problem.message.endswith(vector["refusal"])


def test_every_refused_redirect_uri_is_named_and_the_good_ones_are_not() -> None:
    uris = ("http://a.test/", "https://good.test/", "javascript:x")
    problems = list(check_redirect_uris("redirect_uris", uris, "public"))
    assert [problem.message.split(" ")[2] for problem in problems] == ["1", "3"]


def test_too_many_redirect_uris_are_not_looked_at() -> None:
    assert list(check_redirect_uris("u", ("https://a.test/",) * 50, "public")) == []
    assert list(check_redirect_uris("u", ("https://a.test/",) * 51, "public")) == [
        Problem("u", "must be at most 50 URIs")
    ]
    assert len(list(check_redirect_uris("u", ("x",) * 1000, "public"))) == 51


def test_a_refused_uri_is_repeated_where_that_is_harmless() -> None:
    (problem,) = check_redirect_uris("u", ("http://a.test/",), "public")
    assert problem.message.startswith("URI number 1 (http://a.test/) ")


@given(st.text(max_size=300))
def test_whatever_is_refused_the_message_is_safe_to_show(uri: str) -> None:
    for problem in check_redirect_uris("redirect_uris", (uri,), "confidential"):
        assert problem.message.isascii()
        assert problem.message.isprintable()
        assert not set(problem.message) & set('"<>\\&')
        assert len(problem.message) < 400
