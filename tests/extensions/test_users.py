"""Users: what administrators may send, and what becomes of it."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import NOW, a_call, a_caller, a_context, a_json_call, a_user

from grantwell.extensions.new_users import CREATE_USER, NEW_USERS, RESET_PASSWORD
from grantwell.extensions.users import GET_USER, LIST_USERS, UPDATE_USER, USERS, Change, UserFacts
from grantwell.protocol.changes import AddUser, RecordEvent
from grantwell.protocol.context import Context
from grantwell.protocol.errors import AccessDenied, InvalidRequest, NotFound, Unprocessable
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.passwords import matches_password
from grantwell.protocol.people_bodies import NewUser, UserResponse
from grantwell.protocol.people_changes import ReplaceUser
from grantwell.protocol.people_store import Belongings, UserFilter
from grantwell.protocol.records import User

ADMIN = a_caller(kind="session", credential="session session-1")
BEN = a_user(user_id="user-2", email="ben@example.test", role="member", password_hash="argon2")
NOTHING = Belongings(0, 0, 0)


def as_admin(**more: Any) -> Context:
    return a_context(caller=ADMIN, **more)


def shown(outcome: Outcome) -> Any:
    assert isinstance(outcome.reply, Reply)
    assert isinstance(outcome.reply.body, UserResponse)
    return outcome.reply.body.data


def events(outcome: Outcome) -> list[str]:
    return [change.event.kind for change in outcome.changes if isinstance(change, RecordEvent)]


@pytest.mark.parametrize(
    "operation", [*USERS.operations, *NEW_USERS.operations], ids=lambda operation: operation.operation_id
)
def test_every_operation_is_for_administrators_who_are_signed_in(operation: Any) -> None:
    assert operation.security == "session"
    call = a_json_call({"user_id": "user-2", "email": "x@y.test"}, id="user-2")
    with refused_without_consequence(AccessDenied, "administrator_required"):
        operation.read(call, a_context(caller=replace(ADMIN, role="member")))


def test_a_list_is_narrowed_by_its_query() -> None:
    query = {"filter[email][contains]": "ben", "filter[role]": "member", "filter[enabled]": "false", "page[size]": "5"}
    request = LIST_USERS.read(a_call(query=query), as_admin())
    assert request.chosen == UserFilter("ben", "member", False)
    assert (request.page.number, request.page.size) == (1, 5)


@pytest.mark.parametrize("query", [{"filter[role]": "boss"}, {"filter[enabled]": "1"}])
def test_a_filter_that_cannot_be_is_refused(query: dict[str, str]) -> None:
    with refused_without_consequence(InvalidRequest, "filter_invalid"):
        LIST_USERS.read(a_call(query=query), as_admin())


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email"]),
        ({"email": "nobody", "role": "boss"}, ["email", "role"]),
        ({"email": "a@b.test", "password": "chosen by an administrator"}, ["password"]),
        ({"email": ["a@b.test"], "role": None}, ["email", "role"]),
        ({"email": "a" * 320 + "@b.test"}, ["email"]),
        ({"email": "a\nb@c.test"}, ["email"]),
    ],
)
def test_a_user_who_cannot_be_is_refused_by_field(body: dict[str, Any], fields: list[str]) -> None:
    with refused_without_consequence(Unprocessable, "user_malformed") as found:
        CREATE_USER.read(a_json_call(body), as_admin())
    assert sorted(problem.field for problem in found.error.problems) == sorted(fields)


def test_a_user_is_made_in_the_callers_organization_with_a_password_that_is_told_once() -> None:
    outcome = CREATE_USER.decide(NewUser("ben@example.test"), None, as_admin())
    added, event = outcome.changes
    assert isinstance(added, AddUser)
    assert isinstance(event, RecordEvent)
    data = shown(outcome)
    assert (added.user.org_id, added.user.role, added.user.enabled) == ("org-1", "member", True)
    assert matches_password(data.password, added.user.password_hash)
    assert (event.event.kind, event.event.actor, event.event.credential) == (
        "user.created",
        "user-1",
        "session session-1",
    )
    assert data.password not in repr(outcome.changes)


def test_an_address_is_taken_whoever_has_it() -> None:
    with refused_without_consequence(Unprocessable, "email_taken"):
        CREATE_USER.decide(NewUser("ben@example.test"), a_user(org_id="org-2"), as_admin())


def update(body: dict[str, Any], user: User | None = BEN, administrators: int = 1) -> Outcome:
    request = UPDATE_USER.read(a_json_call(body, method="PUT", id="user-2"), as_admin())
    assert isinstance(request, Change)
    return UPDATE_USER.decide(request, UserFacts(user, NOTHING, administrators), as_admin())


def test_what_is_not_sent_stays() -> None:
    outcome = update({})
    assert outcome.changes == ()
    assert update({"role": "member", "enabled": True}).changes == ()


def test_a_role_changes_without_ending_anything() -> None:
    outcome = update({"role": "admin"})
    assert outcome.changes[0] == ReplaceUser(replace(BEN, role="admin"), BEN, keeps_administrator=True)
    assert events(outcome) == ["user.role_changed"]


def test_disabling_ends_what_was_issued_within_this_very_second_too() -> None:
    outcome = update({"enabled": False})
    gone = replace(BEN, enabled=False, valid_after=NOW + 1)
    assert outcome.changes[0] == ReplaceUser(gone, BEN, keeps_administrator=True)
    assert events(outcome) == ["user.disabled"]


def test_role_and_access_change_in_one_guarded_change() -> None:
    outcome = update({"role": "admin", "enabled": False})
    assert len([change for change in outcome.changes if isinstance(change, ReplaceUser)]) == 1
    assert events(outcome) == ["user.role_changed", "user.disabled"]


@pytest.mark.parametrize("body", [{"enabled": False}, {"role": "member"}, {"role": "member", "enabled": False}])
def test_the_last_administrator_stays_one(body: dict[str, Any]) -> None:
    last = replace(BEN, role="admin")
    with refused_without_consequence(Unprocessable, "last_administrator"):
        update(body, last, 1)
    assert update(body, last, 2).changes


def test_a_disabled_administrator_is_not_one_who_counts() -> None:
    disabled = replace(BEN, role="admin", enabled=False)
    assert events(update({"role": "member"}, disabled, 1)) == ["user.role_changed"]


@pytest.mark.parametrize("body", [{"role": "boss"}, {"enabled": "yes"}, {"enabled": None}, {"email": "x@y.test"}])
def test_what_cannot_be_changed_is_refused(body: dict[str, Any]) -> None:
    with refused_without_consequence(Unprocessable, "user_malformed"):
        update(body)


def test_nobody_is_found_where_there_is_nobody() -> None:
    for operation, request in ((GET_USER, "user-9"), (UPDATE_USER, Change("user-9", None, False))):
        with refused_without_consequence(NotFound, "user_not_found"):
            operation.decide(request, UserFacts(None, NOTHING, 1), as_admin())
    with refused(NotFound, "user_not_found"):
        RESET_PASSWORD.decide("user-9", None, as_admin())


def test_a_password_is_made_anew_and_ends_what_was() -> None:
    outcome = RESET_PASSWORD.decide("user-2", BEN, as_admin())
    (change, _) = outcome.changes
    assert isinstance(change, ReplaceUser)
    assert matches_password(shown(outcome).password, change.user.password_hash)
    assert change.user.valid_after == NOW + 1
    assert events(outcome) == ["user.password_reset"]


def test_making_passwords_is_decided_off_the_event_loop() -> None:
    assert CREATE_USER.heavy
    assert RESET_PASSWORD.heavy


def test_a_user_is_shown_with_what_there_is_and_never_with_the_hash() -> None:
    outcome = GET_USER.decide("user-2", UserFacts(BEN, Belongings(1, 2, 3), 1), as_admin())
    data = shown(outcome)
    assert (data.api_keys, data.sessions, data.grants, data.has_password, data.password) == (1, 2, 3, True, None)
    assert "argon2" not in repr(data)
