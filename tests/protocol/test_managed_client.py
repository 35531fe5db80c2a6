from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import a_caller, a_client, a_server

from grantwell.protocol.context import Caller
from grantwell.protocol.errors import AccessDenied, NotFound, Problem, Unprocessable
from grantwell.protocol.managed_client import editable, judge_fields, read_fields, refuse

GOOD: dict[str, Any] = {
    "name": "Fleet Manager",
    "allowed_scopes": ("read", "write"),
    "allowed_grant_types": ("authorization_code",),
    "redirect_uris": ("https://a.test/cb",),
    "require_pkce": True,
    "logo_uri": "https://a.test/logo.png",
    "policy_uri": None,
    "tos_uri": None,
}
A_MEMBER = a_caller(role="member", user_id="user-2")
A_CLIENT = a_caller(kind="client", client_id="client-9", scopes=("admin", "read"))


def problems(found: Any) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in found.error.problems]


def test_fields_are_read_with_lists_as_tuples() -> None:
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in GOOD.items()}
    assert read_fields(body) == GOOD


def test_an_empty_update_has_no_fields() -> None:
    assert read_fields({}) == {}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"verified": True}, "verified", "is not a field that can be set here"),
        ({"client_type": "public"}, "client_type", "is not a field that can be set here"),
        ({"org_id": "org-2"}, "org_id", "is not a field that can be set here"),
        ({"client_id": "mine"}, "client_id", "is not a field that can be set here"),
        ({"enabled": False}, "enabled", "is not a field that can be set here"),
        ({"origin": "management"}, "origin", "is not a field that can be set here"),
        ({"client_secret": "mine"}, "client_secret", "is not a field that can be set here"),
        ({"name": 1}, "name", "must be a string"),
        ({"name": None}, "name", "must be a string"),
        ({"allowed_scopes": "read"}, "allowed_scopes", "must be a list of strings"),
        ({"allowed_scopes": None}, "allowed_scopes", "must be a list of strings"),
        ({"allowed_grant_types": [1]}, "allowed_grant_types", "must be a list of strings"),
        ({"redirect_uris": None}, "redirect_uris", "must be a list of strings"),
        ({"require_pkce": "yes"}, "require_pkce", "must be true or false"),
        ({"require_pkce": None}, "require_pkce", "must be true or false"),
        ({"logo_uri": 1}, "logo_uri", "must be a string"),
    ],
)
def test_an_unknown_or_ill_typed_field_is_named(body: dict[str, Any], field: str, message: str) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        read_fields(body)
    assert problems(found) == [(field, message)]


@pytest.mark.parametrize("name", ["n" * 65, "two\nlines", "ünïcode", "\x7f"])
def test_a_name_that_nobody_would_give_to_a_field_is_not_repeated(name: str) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        read_fields({name: 1})
    assert problems(found) == [("body", "is not a field that can be set here")]


def test_an_answer_does_not_grow_with_the_number_of_mistakes() -> None:
    with refused(Unprocessable, "client_invalid") as found:
        read_fields({f"field{number}": 1 for number in range(5000)})
    assert len(problems(found)) == 50


@pytest.mark.parametrize("name", ["logo_uri", "policy_uri", "tos_uri"])
def test_a_null_clears_a_uri(name: str) -> None:
    assert read_fields({name: None}) == {name: None}


@pytest.mark.parametrize("body", [{}, {"name": None}])
def test_what_is_required_is_named(body: dict[str, Any]) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        read_fields(body, ("name", "allowed_scopes"))
    assert problems(found) == [("name", "is required"), ("allowed_scopes", "is required")]


def test_a_caller_hears_of_everything_that_is_wrong_at_once() -> None:
    with refused(Unprocessable, "client_invalid") as found:
        read_fields({"name": 1, "verified": True, "redirect_uris": "x"}, ("allowed_scopes",))
    assert [field for field, _ in problems(found)] == ["allowed_scopes", "name", "verified", "redirect_uris"]
    assert found.error.description == "allowed_scopes is required"


def judge(fields: dict[str, Any], client_type: str = "confidential", caller: Caller | None = None) -> None:
    judge_fields(fields, client_type, caller or a_caller(), a_server())


def test_good_values_are_acceptable() -> None:
    judge(GOOD)
    judge({})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"allowed_scopes": ("fly",)}, "allowed_scopes"),
        ({"allowed_scopes": ("read", "read")}, "allowed_scopes"),
        ({"allowed_grant_types": ("password",)}, "allowed_grant_types"),
        ({"redirect_uris": ("cursor://a/",)}, "redirect_uris"),
        ({"logo_uri": "javascript:x"}, "logo_uri"),
        ({"policy_uri": ""}, "policy_uri"),
        ({"tos_uri": "/tos"}, "tos_uri"),
    ],
)
def test_a_value_that_is_not_acceptable_is_named(fields: dict[str, Any], field: str) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        judge({**GOOD, **fields})
    assert [name for name, _ in problems(found)] == [field]


def test_the_client_type_decides_about_private_use_schemes() -> None:
    judge({"redirect_uris": ("cursor://a/",)}, "public")


def test_a_client_hands_on_only_what_its_own_token_carries() -> None:
    judge({"allowed_scopes": ("admin", "read")}, caller=A_CLIENT)
    with refused(Unprocessable, "client_invalid") as found:
        judge({"allowed_scopes": ("read", "write")}, caller=A_CLIENT)
    assert problems(found) == [("allowed_scopes", "must be a subset of admin, read")]


def test_no_problem_is_no_refusal() -> None:
    refuse([])
    with refused(Unprocessable, "client_invalid"):
        refuse([Problem("name", "is odd")])


def test_a_client_that_is_not_there_is_not_found() -> None:
    with refused(NotFound, "client_not_found"):
        editable(None, a_caller())


def test_members_change_what_they_made_and_administrators_change_all() -> None:
    theirs, anothers = a_client(user_id="user-2"), a_client()
    assert editable(theirs, A_MEMBER) is theirs
    assert editable(theirs, a_caller()) is theirs
    with refused(AccessDenied, "client_of_another_user"):
        editable(anothers, A_MEMBER)


def test_a_client_does_not_touch_a_client_with_more_than_its_own_token_carries() -> None:
    less = a_client(allowed_scopes=("read",))
    assert editable(less, A_CLIENT) is less
    with refused(AccessDenied, "client_beyond_caller"):
        editable(a_client(), A_CLIENT)


def test_a_client_of_a_member_is_held_to_what_the_member_may() -> None:
    with refused(AccessDenied, "client_of_another_user"):
        editable(a_client(allowed_scopes=("read",)), a_caller(role="member", user_id="user-2", scopes=("read",)))
