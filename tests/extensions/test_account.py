"""One's own sessions, password and API keys: what may be sent, and what becomes of it."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import NOW, a_call, a_caller, a_context, a_json_call, a_session, a_user, an_api_key

from grantwell.extensions.api_keys import CREATE_API_KEY, LIST_API_KEYS, REVOKE_API_KEY, ApiKeys
from grantwell.extensions.password import CHANGE_PASSWORD, PasswordFacts
from grantwell.extensions.session_list import END_ONE_SESSION, END_SESSIONS, LIST_SESSIONS, Sessions
from grantwell.protocol.changes import AddApiKey, RecordEvent, RevokeApiKey
from grantwell.protocol.context import Context
from grantwell.protocol.errors import AccessDenied, NotFound, Unprocessable
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PageRequest
from grantwell.protocol.passwords import hash_password, matches_password
from grantwell.protocol.people_bodies import PasswordChange, SessionsToEnd
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.protocol.people_rules import Belonging, owner_of, session_id_of

ME = a_caller(kind="session", role="member", credential="session session-1")
ANN = a_user(password_hash=hash_password("correct horse"))
NEW = "battery staple"


def as_me(**fields: Any) -> Context:
    return a_context(caller=replace(ME, **fields))


def body_of(outcome: Outcome) -> Any:
    assert isinstance(outcome.reply, Reply)
    return outcome.reply.body


def test_the_session_of_a_caller_is_known_by_its_credential() -> None:
    assert session_id_of(ME) == "session-1"
    assert session_id_of(a_caller()) == ""


def test_ones_own_things_are_ones_own_and_others_are_for_administrators() -> None:
    page = PageRequest()
    for asked in ("", "user-1"):
        assert owner_of(Belonging(asked, page), ME) == "user-1"
    assert owner_of(Belonging("user-2", page), replace(ME, role="admin")) == "user-2"
    with refused_without_consequence(AccessDenied, "administrator_required"):
        owner_of(Belonging("user-2", page), ME)


def test_sessions_are_shown_with_the_one_that_asks_and_without_their_secrets() -> None:
    sessions = (a_session(), a_session(session_id="session-2", address="192.0.2.1", user_agent="Firefox"))
    request = LIST_SESSIONS.read(a_call(), as_me())
    shown = body_of(LIST_SESSIONS.decide(request, Sessions(a_user(), sessions, 2), as_me()))
    assert [(each.id, each.current) for each in shown.data] == [("session-1", True), ("session-2", False)]
    assert (shown.data[1].address, shown.data[1].user_agent) == ("192.0.2.1", "Firefox")
    assert "hash-of" not in repr(shown)


def test_a_list_of_nobody_is_not_found() -> None:
    request = Belonging("user-9", PageRequest())
    with refused_without_consequence(NotFound, "user_not_found"):
        LIST_SESSIONS.decide(request, Sessions(None, (), 0), as_me())
    with refused_without_consequence(NotFound, "user_not_found"):
        LIST_API_KEYS.decide(request, ApiKeys(None, (), 0), as_me())


def test_a_session_is_ended_by_its_owner_and_by_an_administrator_and_by_nobody_else() -> None:
    theirs = a_session(user_id="user-2")
    for session, context in ((a_session(), as_me()), (theirs, as_me(role="admin"))):
        ended, event = END_ONE_SESSION.decide("session-1", session, context).changes
        assert ended == EndSession("session-1", NOW)
        assert isinstance(event, RecordEvent)
        assert (event.event.kind, event.event.subject) == ("user.session_ended", session.user_id)
    for session_or_none in (theirs, None):
        with refused_without_consequence(NotFound, "session_not_found"):
            END_ONE_SESSION.decide("session-1", session_or_none, as_me())
    assert END_ONE_SESSION.decide("session-1", a_session(ended_at=NOW), as_me()).changes == ()


@pytest.mark.parametrize(("this_one_too", "but"), [(False, "session-1"), (True, "")])
def test_all_sessions_end_but_the_one_that_asks_unless_that_is_meant_too(this_one_too: bool, but: str) -> None:
    request = END_SESSIONS.read(a_json_call({"this_one_too": this_one_too}), as_me())
    ended, _ = END_SESSIONS.decide(request, None, as_me()).changes
    assert ended == EndSessions("user-1", but, NOW)


def test_nothing_said_ends_the_others_only() -> None:
    assert END_SESSIONS.read(a_call("POST"), as_me()) == SessionsToEnd(False)
    for body in ({"this_one_too": "yes"}, {"user_id": "user-2"}):
        with refused_without_consequence(Unprocessable, "sessions_malformed"):
            END_SESSIONS.read(a_json_call(body), as_me())


def change(current: str = "correct horse", new: str = NEW) -> Outcome:
    request = CHANGE_PASSWORD.read(a_json_call({"current_password": current, "new_password": new}), as_me())
    return CHANGE_PASSWORD.decide(request, PasswordFacts(ANN, a_session(user_agent="Firefox")), as_me())


def test_a_changed_password_ends_everything_and_opens_a_session_that_begins_after_it() -> None:
    outcome = change()
    replaced, ended, opened, event = outcome.changes
    assert isinstance(replaced, ReplaceUser)
    assert isinstance(opened, AddSession)
    assert isinstance(event, RecordEvent)
    assert matches_password(NEW, replaced.user.password_hash)
    assert replaced.seen == ANN
    assert ended == EndSessions("user-1", "", NOW)
    assert replaced.user.valid_after == opened.session.created_at == NOW + 1
    assert (opened.session.user_agent, opened.session.address) == ("Firefox", "192.0.2.7")
    assert opened.session.session_hash == hash_secret(body_of(outcome).session)
    assert (event.event.kind, event.event.actor) == ("user.password_changed", "user-1")
    assert CHANGE_PASSWORD.heavy


def test_the_present_password_comes_first_whatever_the_new_one_is() -> None:
    for new in (NEW, "wrong one", ANN.email):
        with refused(Unprocessable, "password_wrong") as found:
            change("wrong one", new)
        (event,) = found.error.changes
        assert isinstance(event, RecordEvent)
        assert event.event.kind == "user.password_change_refused"
        assert "wrong one" not in repr(event)


@pytest.mark.parametrize("new", ["correct horse", "ANN@example.test"])
def test_a_password_that_protects_nothing_is_refused(new: str) -> None:
    with refused_without_consequence(Unprocessable, "password_unfit"):
        change(new=new)


@pytest.mark.parametrize("body", [{}, {"current_password": "x"}, {"current_password": "x", "new_password": "short"}])
def test_a_change_that_is_none_is_refused_before_anything_is_looked_up(body: dict[str, Any]) -> None:
    with refused_without_consequence(Unprocessable, "password_malformed"):
        CHANGE_PASSWORD.read(a_json_call(body), as_me())


def test_who_has_no_password_proves_nothing_with_any() -> None:
    facts = PasswordFacts(a_user(password_hash=None), None)
    with refused(Unprocessable, "password_wrong"):
        CHANGE_PASSWORD.decide(PasswordChange("anything", NEW), facts, as_me())


def make(body: dict[str, Any], context: Context | None = None) -> Any:
    return CREATE_API_KEY.read(a_json_call(body), context or as_me())


def test_a_key_is_made_for_its_maker_with_what_was_chosen_and_told_once() -> None:
    request = make({"name": "Deploy", "capabilities": ["grants", "clients"], "expires_in_days": 30})
    outcome = CREATE_API_KEY.decide(request, a_user(), as_me())
    added, event = outcome.changes
    assert isinstance(added, AddApiKey)
    assert isinstance(event, RecordEvent)
    data = body_of(outcome).data
    assert added.api_key.key_hash == hash_secret(data.api_key)
    assert (added.api_key.user_id, added.api_key.org_id) == ("user-1", "org-1")
    assert added.api_key.capabilities == ("clients", "grants")
    assert added.api_key.expires_at == NOW + 30 * 86400
    assert (event.event.kind, event.event.actor, event.event.detail) == ("api_key.created", "user-1", "clients grants")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"capabilities": ["clients"]}, "name"),
        ({"name": " ", "capabilities": ["clients"]}, "name"),
        ({"name": "x"}, "capabilities"),
        ({"name": "x", "capabilities": []}, "capabilities"),
        ({"name": "x", "capabilities": "clients"}, "capabilities"),
        ({"name": "x", "capabilities": ["session"]}, "capabilities"),
        ({"name": "x", "capabilities": ["sessions"]}, "capabilities"),
        ({"name": "x", "capabilities": [{}]}, "capabilities"),
        ({"name": "x", "capabilities": ["clients"], "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "capabilities": ["clients"], "expires_in_days": True}, "expires_in_days"),
        ({"name": "x", "capabilities": ["clients"], "user_id": "user-2"}, "user_id"),
    ],
)
def test_a_key_that_cannot_be_is_refused_by_field(body: dict[str, Any], field: str) -> None:
    with refused_without_consequence(Unprocessable, "api_key_malformed") as found:
        make(body)
    assert [problem.field for problem in found.error.problems] == [field]


def test_signing_others_in_is_for_administrators_to_give() -> None:
    body = {"name": "x", "capabilities": ["sessions"]}
    assert make(body, as_me(role="admin")).capabilities == ("sessions",)


def test_a_key_is_revoked_by_its_owner_and_by_an_administrator_and_by_nobody_else() -> None:
    theirs = an_api_key(user_id="user-2")
    for key, context in ((an_api_key(), as_me()), (theirs, as_me(role="admin"))):
        assert REVOKE_API_KEY.decide("key-1", key, context).changes[0] == RevokeApiKey("key-1", "org-1", NOW)
    for key_or_none in (theirs, None):
        with refused_without_consequence(NotFound, "api_key_not_found"):
            REVOKE_API_KEY.decide("key-1", key_or_none, as_me())
    assert REVOKE_API_KEY.decide("key-1", an_api_key(revoked_at=NOW), as_me()).changes == ()
