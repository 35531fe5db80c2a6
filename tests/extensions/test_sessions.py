from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import ISSUER, NOW, a_context, a_json_call, a_session, a_user, finish

from grantwell.extensions.sessions import CREATE_SESSION, CREATE_SESSION_TOKEN, END_SESSION
from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.changes import RecordEvent
from grantwell.protocol.errors import InvalidToken, Unprocessable
from grantwell.protocol.generated_secret import SESSION, hash_secret, payload_of
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.people_changes import AddSession, EndSession
from grantwell.protocol.records import User
from grantwell.protocol.session_bodies import SessionResponse, SessionTokenResponse, SignIn
from grantwell.protocol.store import SessionFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

ANN = a_user(password_hash=hash_password("correct horse"))
FACTS = SessionFacts(a_session(), a_user())


def sign_in(password: str = "correct horse", user: User | None = ANN) -> Outcome:
    request = CREATE_SESSION.read(a_json_call({"email": "ann@example.test", "password": password}), a_context())
    return CREATE_SESSION.decide(request, user, a_context())


def token(facts: SessionFacts | None = FACTS, **context: Any) -> Outcome:
    return CREATE_SESSION_TOKEN.decide("hash-of-a-session", facts, a_context(**context))


def end(facts: SessionFacts | None) -> Outcome:
    outcome = END_SESSION.decide("hash-of-a-session", facts, a_context())
    assert outcome.reply == Reply(204, None, NO_STORE)
    return outcome


def test_signing_in_opens_a_session_of_which_only_the_hash_stays() -> None:
    outcome = sign_in()
    added, event = outcome.changes
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (201, NO_STORE)
    body = outcome.reply.body
    assert isinstance(body, SessionResponse)
    assert payload_of(SESSION, body.session) is not None
    assert isinstance(added, AddSession)
    session = added.session
    assert (session.address, session.user_agent) == ("192.0.2.7", None)
    assert session.session_hash == hash_secret(body.session)
    assert (session.user_id, session.org_id, session.created_at, session.expires_at, session.ended_at) == (
        "user-1",
        "org-1",
        NOW,
        NOW + 43200,
        None,
    )
    assert body == SessionResponse(body.session, "user-1", "ann@example.test", "2027-01-15T20:00:00Z")
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.actor, event.event.credential) == ("user.signed_in", "user-1", "password")
    assert body.session not in repr(outcome.changes)


@pytest.mark.parametrize(
    ("password", "user", "reason"),
    [
        ("correct horse", None, "sign_in_unknown"),
        ("not this", ANN, "sign_in_wrong_password"),
        ("correct horse", a_user(), "sign_in_wrong_password"),
        ("not this", replace(ANN, enabled=False), "sign_in_wrong_password"),
        ("correct horse", replace(ANN, enabled=False), "sign_in_disabled"),
    ],
)
def test_every_failure_reads_alike_and_is_written_down(password: str, user: User | None, reason: str) -> None:
    with refused(InvalidToken, reason) as found:
        sign_in(password, user)
    assert found.error.description == "email address or password is wrong"
    (event,) = found.error.changes
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.reason) == ("user.sign_in_refused", reason)
    assert (event.event.subject, event.event.org_id) == (("user-1", "org-1") if user else ("", ""))
    assert password not in repr(event)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "", "password": ""}, ["email", "password"]),
        ({"email": 1, "password": ["x"]}, ["email", "password"]),
        ({"email": "a" * 321, "password": "x"}, ["email"]),
        ({"email": "a@b.test", "password": "x" * 1025}, ["password"]),
        ({"email": "a@b.test", "password": None}, ["password"]),
    ],
)
def test_a_sign_in_that_is_not_one_is_refused_by_field(body: dict[str, Any], fields: list[str]) -> None:
    with refused_without_consequence(Unprocessable, "sign_in_malformed") as found:
        CREATE_SESSION.read(a_json_call(body), a_context())
    assert [problem.field for problem in found.error.problems] == fields


def test_the_longest_password_is_still_one() -> None:
    body = {"email": "a" * 320, "password": "x" * 1024}
    assert CREATE_SESSION.read(a_json_call(body), a_context()) == SignIn(**body)


def test_signing_in_decides_off_the_event_loop() -> None:
    assert CREATE_SESSION.heavy


def test_a_session_buys_a_token_for_this_server_alone() -> None:
    outcome = token()
    said = outcome.unsealed
    assert isinstance(said, AccessTokenClaims)
    assert said == AccessTokenClaims(
        ISSUER, "user-1", ISSUER, "grantwell-pages", NOW, NOW + 300, said.jti, "", sid="session-1"
    )
    assert callable(outcome.reply)
    body = SessionTokenResponse("signed", "Bearer", 300, "user-1", "ann@example.test", "org-1", "admin")
    assert outcome.reply("signed") == Reply(200, body, NO_STORE)
    assert outcome.changes == ()


def test_a_token_never_outlives_its_session() -> None:
    said = token(now=NOW + 3590).unsealed
    assert isinstance(said, AccessTokenClaims)
    assert said.exp == NOW + 3600


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (None, "session_unknown"),
        (SessionFacts(a_session(ended_at=NOW), a_user()), "session_ended"),
        (SessionFacts(a_session(expires_at=NOW), a_user()), "session_expired"),
        (SessionFacts(a_session(), a_user(enabled=False)), "user_disabled"),
        (SessionFacts(a_session(), a_user(valid_after=NOW - 59)), "user_disabled"),
    ],
)
def test_a_session_that_is_over_buys_nothing(facts: SessionFacts | None, reason: str) -> None:
    with refused_without_consequence(InvalidToken, reason) as found:
        token(facts)
    assert found.error.description == "the session is not valid"


def test_a_session_of_the_second_of_a_reset_still_counts() -> None:
    assert token(SessionFacts(a_session(), a_user(valid_after=NOW - 60))).unsealed is not None


@pytest.mark.parametrize("body", [{}, {"session": ""}, {"session": None}, {"session": 1}])
def test_a_session_is_named_by_its_secret(body: dict[str, Any]) -> None:
    for operation in (CREATE_SESSION_TOKEN, END_SESSION):
        with refused_without_consequence(Unprocessable, "session_malformed"):
            operation.read(a_json_call(body), a_context())


def test_a_session_is_found_by_the_hash_of_its_secret() -> None:
    backend = DictionaryBackend()
    session = a_session(session_hash=hash_secret("the secret"))
    backend.tables.sessions["session-1"] = session
    backend.tables.users["user-1"] = a_user()
    for operation in (CREATE_SESSION_TOKEN, END_SESSION):
        request = operation.read(a_json_call({"session": "the secret"}), a_context())
        assert finish(operation.load(backend, request, a_context())) == SessionFacts(session, a_user())
        other = operation.read(a_json_call({"session": session.session_hash}), a_context())
        assert finish(operation.load(backend, other, a_context())) is None


def test_a_user_is_found_by_the_address_whatever_its_case() -> None:
    backend = DictionaryBackend()
    backend.tables.users["user-1"] = ANN
    for email, expected in (("ann@example.test", ANN), ("Ann@Example.Test", ANN), ("bob@example.test", None)):
        assert finish(CREATE_SESSION.load(backend, SignIn(email, "x"), a_context())) == expected


def test_signing_out_ends_the_session() -> None:
    ended, event = end(FACTS).changes
    assert ended == EndSession("session-1", NOW)
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.subject) == ("user.signed_out", "user-1")


@pytest.mark.parametrize("facts", [None, SessionFacts(a_session(ended_at=NOW), a_user())])
def test_signing_out_of_what_is_over_changes_nothing(facts: SessionFacts | None) -> None:
    assert end(facts).changes == ()
