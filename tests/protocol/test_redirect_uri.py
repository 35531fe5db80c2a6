from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.values import a_client, a_public_client
from tests.support.vectors import vectors

from grantwell.protocol.redirect_uri import (
    is_loopback,
    matches_registered,
    refuse_redirect_uri,
    with_parameters,
)

LOOPBACK = ["127.0.0.1", "[::1]", "localhost", "LOCALHOST"]
HOSTS = st.sampled_from([*LOOPBACK, "127.0.0.2", "127.0.0.1.evil.example", "[::1].evil.example", "client.example.test"])
PORTS = st.one_of(st.just(""), st.integers(0, 65535).map(lambda port: f":{port}"), st.just(":"))
PATHS = st.sampled_from(["", "/", "/cb", "/CB", "/cb/", "/cb/more", "/cb%2Fmore", "//cb"])
QUERIES = st.sampled_from(["", "?", "?a=1", "?a=2", "?a=1&b=2"])
URIS = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "cursor", "com.example.app"]),
    st.sampled_from(["", "", "", "user@", "user:pass@", "127.0.0.1@"]),
    HOSTS,
    PORTS,
    st.one_of(PATHS, st.just("/a/../cb")),
    st.one_of(QUERIES, st.just("#f")),
)
NOISE = st.one_of(URIS, st.text(max_size=40), st.builds("http://{}/cb".format, st.text(max_size=20)))
REGISTERED = st.one_of(
    st.builds("http://{}{}{}{}".format, st.sampled_from(LOOPBACK), PORTS, PATHS, QUERIES),
    URIS.filter(lambda uri: refuse_redirect_uri(uri, "public") is None),
)
LIKE_REGISTERED = st.one_of(REGISTERED, NOISE)


@pytest.mark.parametrize("vector", vectors("redirect_uris"))
def test_a_redirect_uri_is_registered_or_refused_with_its_reason(vector: dict[str, Any]) -> None:
    assert refuse_redirect_uri(vector["uri"], vector["client_type"]) == vector["refusal"]


def test_an_endless_redirect_uri_is_refused() -> None:
    uri = "https://client.example.test/" + "a" * 2020
    assert refuse_redirect_uri(uri, "confidential") is None
    assert refuse_redirect_uri(uri + "a", "confidential") == "must be at most 2048 characters"


@pytest.mark.parametrize("vector", vectors("loopback"))
def test_a_public_client_uses_any_loopback_port_and_otherwise_what_it_registered(vector: dict[str, Any]) -> None:
    client = a_public_client(redirect_uris=(vector["registered"],))
    assert matches_registered(vector["asked"], client) is vector["matches"]


@pytest.mark.parametrize("vector", vectors("loopback"))
def test_a_confidential_client_uses_exactly_what_it_registered(vector: dict[str, Any]) -> None:
    client = a_client(redirect_uris=(vector["registered"],))
    assert matches_registered(vector["asked"], client) is (vector["asked"] == vector["registered"])


def test_each_of_several_registered_uris_matches() -> None:
    client = a_public_client(redirect_uris=("cursor://a/cb", "http://localhost:8787/callback"))
    assert matches_registered("cursor://a/cb", client)
    assert matches_registered("http://localhost:1/callback", client)
    assert not matches_registered("http://localhost:1/cb", client)


def test_a_client_without_redirect_uris_matches_nothing() -> None:
    assert not matches_registered("", a_public_client(redirect_uris=()))
    assert not matches_registered("http://127.0.0.1/", a_public_client(redirect_uris=()))


def test_the_case_of_scheme_and_host_does_not_tell_loopback_uris_apart() -> None:
    assert matches_registered("HTTP://LocalHost:1/cb", a_public_client(redirect_uris=("http://localhost/cb",)))


@given(REGISTERED, LIKE_REGISTERED)
def test_what_matches_has_the_registered_scheme_host_path_and_query(registered: str, asked: str) -> None:
    if matches_registered(asked, a_public_client(redirect_uris=(registered,))):
        one, other = urlsplit(registered), urlsplit(asked)
        assert (one.scheme, one.hostname, one.path, one.query) == (
            other.scheme,
            other.hostname,
            other.path,
            other.query,
        )
        assert "@" not in other.netloc
        assert one.port == other.port or is_loopback(asked)


@given(REGISTERED, NOISE)
def test_what_may_not_be_registered_never_matches(registered: str, asked: str) -> None:
    if refuse_redirect_uri(asked, "public") is not None:
        assert not matches_registered(asked, a_public_client(redirect_uris=(registered,)))


@given(NOISE)
def test_whatever_was_registered_matches_itself(uri: str) -> None:
    for client in (a_client(redirect_uris=(uri,)), a_public_client(redirect_uris=(uri,))):
        if refuse_redirect_uri(uri, client.client_type) is None:
            assert matches_registered(uri, client)


@given(REGISTERED, LIKE_REGISTERED, st.integers(1, 65535))
def test_the_port_of_a_loopback_uri_never_decides(registered: str, asked: str, port: int) -> None:
    client = a_public_client(redirect_uris=(registered,))
    if matches_registered(asked, client) and is_loopback(asked):
        parts = urlsplit(asked)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        moved = asked.replace(parts.netloc, f"{host}:{port}", 1)
        assert matches_registered(moved, client)


@pytest.mark.parametrize(
    ("uri", "loopback"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("https://localhost/", False),
        ("http://localhost.example/", False),
        ("cursor://localhost/", False),
        ("http://[::1].example/", False),
        ("http://[::1", False),
    ],
)
def test_loopback_is_http_to_the_persons_own_machine(uri: str, loopback: bool) -> None:
    assert is_loopback(uri) is loopback


def test_parameters_join_the_query_that_is_there() -> None:
    assert with_parameters("https://a.test/cb", {"code": "c"}) == "https://a.test/cb?code=c"
    assert with_parameters("https://a.test/cb?x=1", {"code": "c"}) == "https://a.test/cb?x=1&code=c"
    assert with_parameters("com.example.app:/cb", {"code": "c"}) == "com.example.app:/cb?code=c"


def test_a_parameter_that_is_none_is_left_out() -> None:
    assert with_parameters("https://a.test/cb", {"code": "c", "state": None}) == "https://a.test/cb?code=c"


@given(st.text(max_size=60))
def test_state_comes_back_unchanged_and_cannot_leave_its_place(state: str) -> None:
    location = with_parameters("https://a.test/cb?x=1", {"state": state, "iss": "https://i.test"})
    assert location.isascii()
    assert location.isprintable()
    said = parse_qsl(urlsplit(location).query, keep_blank_values=True)
    assert said == [("x", "1"), ("state", state), ("iss", "https://i.test")]
