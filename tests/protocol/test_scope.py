import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import CATALOGUE, a_client, a_self_registered_client, a_server

from grantwell.protocol.errors import InvalidScope
from grantwell.protocol.scope import available_scopes, grant_scopes, narrow_scopes, parse_scope

NAMES = [f"scope{number}" for number in range(6)]
SETS = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
SCOPE_CHARACTERS = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\')


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        (None, ()),
        ("", ()),
        ("read", ("read",)),
        ("write read", ("write", "read")),
        ("read read write read", ("read", "write")),
        ("offline_access", ()),
        ("read offline_access write", ("read", "write")),
        ("!#[]~", ("!#[]~",)),
        ("https://api.example.test/read", ("https://api.example.test/read",)),
        ("a" * 2048, ("a" * 2048,)),
    ],
)
def test_a_scope_is_a_list_of_names_each_counted_once(text: str | None, scopes: tuple[str, ...]) -> None:
    assert parse_scope(text) == scopes


@pytest.mark.parametrize(
    "text", [" ", " read", "read ", "read  write", "read\twrite", "read\nwrite", 'a"b', "a\\b", "é", "a\x7fb", "a\0b"]
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    with refused(InvalidScope, "scope_malformed"):
        parse_scope(text)


def test_an_endless_scope_is_refused() -> None:
    with refused(InvalidScope, "scope_too_long"):
        parse_scope("a" * 2049)


@given(st.lists(st.text(SCOPE_CHARACTERS, min_size=1, max_size=10).filter(lambda name: name != "offline_access")))
def test_whatever_names_are_joined_come_back_in_order(names: list[str]) -> None:
    assert parse_scope(" ".join(names)) == tuple(dict.fromkeys(names))


def test_a_client_may_have_what_it_was_allowed() -> None:
    assert available_scopes(a_client(allowed_scopes=("write", "read")), a_server()) == ("write", "read")


def test_what_left_the_catalogue_is_available_to_nobody() -> None:
    server = a_server(scopes=CATALOGUE[:2])
    assert available_scopes(a_client(allowed_scopes=("read", "write")), server) == ("read",)


def test_self_registered_clients_may_ask_for_whatever_registration_gives_now() -> None:
    client = a_self_registered_client(allowed_scopes=("read",))
    assert available_scopes(client, a_server(registration_scopes=("read", "write"))) == ("read", "write")
    assert available_scopes(client, a_server(registration_scopes=("write",))) == ("write",)


def test_what_a_client_registered_with_is_what_it_gets_unasked() -> None:
    client = a_self_registered_client(allowed_scopes=("read",))
    assert grant_scopes((), client, a_server()) == ("read",)
    assert grant_scopes(("read", "write"), client, a_server()) == ("read", "write")


def test_what_a_client_registered_with_and_registration_no_longer_gives_is_given_to_nobody() -> None:
    client, server = a_self_registered_client(allowed_scopes=("read",)), a_server(registration_scopes=("write",))
    with refused(InvalidScope, "scope_none_left"):
        grant_scopes((), client, server)
    with refused(InvalidScope, "scope_not_allowed"):
        grant_scopes(("read",), client, server)
    assert grant_scopes(("write",), client, server) == ("write",)


def test_whoever_asks_for_nothing_gets_all_that_it_may_have() -> None:
    assert grant_scopes((), a_client(allowed_scopes=("read", "write")), a_server()) == ("read", "write")


def test_asking_for_offline_access_alone_is_asking_for_nothing() -> None:
    assert grant_scopes(parse_scope("offline_access"), a_client(allowed_scopes=("read",)), a_server()) == ("read",)


def test_whoever_asks_for_less_gets_less() -> None:
    assert grant_scopes(("write",), a_client(), a_server()) == ("write",)


def test_a_scope_that_does_not_exist_is_refused() -> None:
    with refused(InvalidScope, "scope_unknown"):
        grant_scopes(("read", "fly"), a_client(allowed_scopes=("read", "fly")), a_server())


def test_a_scope_beyond_the_client_is_refused() -> None:
    with refused(InvalidScope, "scope_not_allowed"):
        grant_scopes(("read", "admin"), a_client(allowed_scopes=("read",)), a_server())


def test_a_self_registered_client_cannot_ask_for_what_registration_does_not_give() -> None:
    client = a_self_registered_client(allowed_scopes=("admin", "read"))
    with refused(InvalidScope, "scope_not_allowed"):
        grant_scopes(("admin",), client, a_server())


@pytest.mark.parametrize("allowed", [(), ("fly",)])
def test_a_client_without_any_scope_gets_no_token_without_scope(allowed: tuple[str, ...]) -> None:
    with refused(InvalidScope, "scope_none_left"):
        grant_scopes((), a_client(allowed_scopes=allowed), a_server())


@given(SETS, SETS, SETS)
def test_nobody_gets_more_than_the_client_the_server_and_the_request_agree_on(
    asked: tuple[str, ...], allowed: tuple[str, ...], known: tuple[str, ...]
) -> None:
    server = a_server(scopes=tuple(CATALOGUE[0].__class__(name, name, "") for name in known))
    try:
        granted = grant_scopes(asked, a_client(allowed_scopes=allowed), server)
    except InvalidScope:
        assert not set(asked) <= set(allowed) & set(known) or not set(allowed) & set(known)
        return
    assert set(granted) <= set(allowed) & set(known)
    assert granted == asked or not asked


def test_a_refresh_that_asks_for_nothing_gets_what_was_approved() -> None:
    assert narrow_scopes((), ("read", "write")) == ("read", "write")


def test_a_refresh_that_asks_for_more_than_was_approved_is_refused() -> None:
    with refused(InvalidScope, "scope_beyond_approval"):
        narrow_scopes(("read", "admin"), ("read", "write"))


@given(SETS, SETS)
def test_narrowing_never_widens(asked: tuple[str, ...], approved: tuple[str, ...]) -> None:
    try:
        narrowed = narrow_scopes(asked, approved)
    except InvalidScope:
        assert not set(asked) <= set(approved)
        return
    assert set(narrowed) <= set(approved)
    assert set(asked) <= set(narrowed)


@given(SETS, SETS, SETS)
def test_narrowing_is_monotone(asked: tuple[str, ...], approved: tuple[str, ...], more: tuple[str, ...]) -> None:
    wider = tuple(dict.fromkeys((*approved, *more)))
    try:
        narrowed = narrow_scopes(asked, approved)
    except InvalidScope:
        return
    assert set(narrowed) <= set(narrow_scopes(asked, wider))


@given(SETS, SETS)
def test_narrowing_twice_is_narrowing_once(asked: tuple[str, ...], approved: tuple[str, ...]) -> None:
    if set(asked) <= set(approved):
        once = narrow_scopes(asked, approved)
        assert narrow_scopes(asked, once) == once
