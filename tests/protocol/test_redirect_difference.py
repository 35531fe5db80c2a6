"""Where a sent redirect URI differs from a registered one, and in what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwell.protocol.redirect_difference import Difference, difference, differences

REGISTERED = "https://client.example/oauth/callback"


@pytest.mark.parametrize(
    ("sent", "at", "hints"),
    [
        (REGISTERED, None, ()),
        ("https://client.example/oauth/callback/", 37, ("trailing_slash",)),
        ("http://client.example/oauth/callback", 4, ("scheme",)),
        ("https://client.example/oauth/Callback", 29, ("case",)),
        ("https://Client.example/oauth/callback", 8, ("case",)),
        ("https://client.example/oauth/Callback/", 29, ("trailing_slash", "case")),
        ("https://client.example:8443/oauth/callback", 22, ("port",)),
        ("https://other.example/oauth/callback", 8, ("host",)),
        ("https://client.example.evil.test/oauth/callback", 22, ("host",)),
        ("https://client.example/oauth/cb", 30, ("path",)),
        ("https://client.example/oauth%2Fcallback", 28, ("percent_encoding",)),
        ("https://client.example/oauth/callback?x=…", 37, ("query",)),
        ("https://client.example/oauth/callback#…", 37, ("fragment",)),
        ("https://client.example/oauth/callback ", 37, ("blank",)),
        ("http://client.example:80/oauth/", 4, ("scheme", "port", "trailing_slash", "path")),
        ("https://[oops/", 8, ()),
        ("", 0, ("scheme", "host", "path")),
    ],
)
def test_a_difference_is_placed_and_named(sent: str, at: int | None, hints: tuple[str, ...]) -> None:
    assert difference(sent, REGISTERED) == Difference(REGISTERED, at, hints)


@pytest.mark.parametrize("sent", ["http://localhost:5173/cb", "http://[::1]:5173/cb"])
def test_the_names_of_one_computer_are_told_apart(sent: str) -> None:
    assert difference(sent, "http://127.0.0.1:5173/cb").hints == ("loopback_name",)


def test_what_ends_too_early_differs_where_it_ends() -> None:
    assert difference("https://a.test/c", "https://a.test/cb").at == len("https://a.test/c")


def test_the_most_similar_one_comes_first() -> None:
    known = ("https://other.example/x", "https://client.example/x", "https://client.example/callback/")
    found = differences("https://client.example/callback", known)
    assert [each.uri for each in found] == [known[2], known[1], known[0]]


@given(st.text(alphabet="abc/:.?#", max_size=12), st.text(alphabet="abc/:.?#", max_size=12))
def test_up_to_the_difference_both_are_alike_and_there_they_are_not(one: str, other: str) -> None:
    at = difference(one, other).at
    if at is None:
        assert one == other
    else:
        assert one[:at] == other[:at]
        assert one[at : at + 1] != other[at : at + 1]
