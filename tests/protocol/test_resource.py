import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import ISSUER, a_server

from grantwell.protocol.errors import InvalidTarget
from grantwell.protocol.resource import choose_resource, is_resource, repeat_resource, same_resource

API = "https://api.example.test/mcp"


@pytest.mark.parametrize(
    "uri",
    [
        "https://api.example.com/app/",
        "https://api.example.com",
        "https://api.example.com:8443/app?tenant=1",
        "urn:example:api",
        "http://localhost:3000/mcp",
        "https://a/" + "b" * 1014,
    ],
)
def test_an_absolute_uri_names_a_resource(uri: str) -> None:
    assert is_resource(uri)
    assert choose_resource(uri, a_server()) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "/app",
        "api.example.com",
        "//api.example.com",
        "https:",
        "https://",
        "https://api.example.com/#",
        "https://api.example.com/#part",
        "https://api.example.com/a b",
        "https://api.example.com/\n",
        "https://api.example.com/é",
        'https://api.example.com/"',
        "https://api.example.com/\\",
        "https://api.example.com/<b>",
        "https://[::1",
        "https://a/" + "b" * 1015,
    ],
)
def test_anything_else_is_refused(uri: str) -> None:
    assert not is_resource(uri)
    with refused(InvalidTarget, "resource_malformed"):
        choose_resource(uri, a_server())
    with refused(InvalidTarget, "resource_malformed"):
        repeat_resource(uri, API)


@pytest.mark.parametrize("asked", [None, ""])
def test_whoever_asks_for_none_gets_the_default(asked: str | None) -> None:
    assert choose_resource(asked, a_server(default_resource=API)) == API
    assert repeat_resource(asked, API) == API


@pytest.mark.parametrize("asked", [ISSUER, f"{ISSUER}/"])
def test_a_declared_resource_is_spelled_as_declared(asked: str) -> None:
    assert choose_resource(asked, a_server()) == ISSUER
    assert choose_resource(asked, a_server(default_resource=API)) == ISSUER


def test_a_slash_too_few_or_too_many_still_means_the_declared_resource() -> None:
    server = a_server(resources=("https://one.test/", "https://two.test"))
    assert choose_resource("https://one.test", server) == "https://one.test/"
    assert choose_resource("https://two.test/", server) == "https://two.test"


def test_beyond_a_restricted_set_the_refusal_names_both_values() -> None:
    server = a_server(resources=("https://one.test", "https://two.test"))
    with refused(InvalidTarget, "resource_unknown") as found:
        choose_resource("https://three.test", server)
    assert found.error.description == "resource https://three.test is not one of https://one.test, https://two.test"


def test_the_default_and_the_issuer_belong_to_every_restricted_set() -> None:
    server = a_server(resources=("https://one.test",), default_resource=API)
    assert choose_resource(API, server) == API
    assert choose_resource(ISSUER, server) == ISSUER


@pytest.mark.parametrize("asked", [API, f"{API}/"])
def test_a_later_request_may_repeat_the_resource(asked: str) -> None:
    assert repeat_resource(asked, API) == API


@pytest.mark.parametrize(
    "asked", ["https://api.example.test/", f"{API}/more", f"{API}?x=1", "https://API.example.test/mcp", ISSUER]
)
def test_a_later_request_may_not_change_the_resource(asked: str) -> None:
    with refused(InvalidTarget, "resource_mismatch") as found:
        repeat_resource(asked, API)
    assert found.error.description == f"resource {asked} is not the approved {API}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.test", "https://a.test/", True),
        ("https://a.test/mcp/", "https://a.test/mcp", True),
        ("https://a.test", "https://a.test//", False),
        ("https://a.test/?q=/", "https://a.test/?q=", False),
        ("https://a.test/?q=", "https://a.test/?q=/", False),
        ("https://a.test", "https://b.test", False),
    ],
)
def test_one_slash_at_the_end_of_the_path_does_not_count(one: str, other: str, same: bool) -> None:
    assert same_resource(one, other) is same


URIS = st.text("ab/?:.", max_size=12).map(lambda text: f"https://{text}")


@given(URIS, URIS)
def test_sameness_has_no_direction(one: str, other: str) -> None:
    assert same_resource(one, one)
    assert same_resource(one, other) is same_resource(other, one)


@given(st.text("ab/?:.#\\ é", max_size=20).map(lambda text: f"https://{text}"))
def test_whatever_was_approved_can_be_repeated(uri: str) -> None:
    if is_resource(uri):
        approved = choose_resource(uri, a_server())
        assert repeat_resource(uri, approved) == approved
