"""Where one may be sent after signing in."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grantwell.pages.return_to import own_path, with_return_to

OWN = ["/", "/consent?consent_token=a.b-c_d", "/docs#GetOAuthClient", "/a/../b", "/apps?page=2&x=%2F%2Fevil.example"]
ELSEWHERE = [
    None,
    "",
    "consent",
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "/\\/evil.example/",
    "\\/evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "/\r\nLocation: https://evil.example/",
    " //evil.example",
    "javascript:alert(1)",
    "/path\\evil",
    "/ü",
    "/a b",
    "/\x00",
    "/\x7f",
    "/" + "a" * 8192,
]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_ours_is_gone_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("value", ELSEWHERE)
def test_whatever_could_lead_elsewhere_leads_to_the_start_page(value: str | None) -> None:
    assert own_path(value) == "/"


def as_a_browser_reads(location: str) -> str:
    """What the URL standard does before and while parsing (WHATWG URL, section 4.4)."""
    kept = location.strip("".join(map(chr, range(33)))).translate({9: None, 10: None, 13: None})
    return kept.replace("\\", "/")


@given(st.text(alphabet="/\\.:@?#%\t\n\r aehvx09", max_size=12))
@example("/\t/x")
@example("/\\x")
@example("//x")
def test_wherever_one_is_sent_is_this_site(value: str) -> None:
    went = urlsplit(urljoin("https://auth.example/sign-in", as_a_browser_reads(own_path(value))))
    assert (went.scheme, went.netloc) == ("https", "auth.example")


def test_a_path_that_leads_on_carries_the_next_one_encoded() -> None:
    assert with_return_to("/sign-in", "/consent?a=b&c") == "/sign-in?return_to=%2Fconsent%3Fa%3Db%26c"
    assert with_return_to("/sign-in", "/") == "/sign-in"
