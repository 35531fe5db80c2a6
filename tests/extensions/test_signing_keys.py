from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused
from tests.support.values import NOW, a_call, a_caller, a_context, a_json_call, finish

from grantwell.extensions.signing_keys import (
    LIST_SIGNING_KEYS,
    REVOKE_SIGNING_KEY,
    ROTATE_SIGNING_KEYS,
    KeyFacts,
)
from grantwell.protocol.changes import AddOrganization, AddSigningKey, RecordEvent, RevokeSigningKey
from grantwell.protocol.context import Caller
from grantwell.protocol.errors import AccessDenied, NotFound, Unprocessable
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Organization, SigningKeyRow
from grantwell.protocol.signing_key_bodies import ShownSigningKey, SigningKeyList, SigningKeyResponse
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

OPERATOR = a_caller(kind="session")
ELSEWHERE = a_caller(kind="session", org_id="org-2")
MEMBER = a_caller(kind="session", role="member")
DAY = 86400


def row(sequence: int = 1, signs_from: int = NOW - DAY, **fields: Any) -> SigningKeyRow:
    made = SigningKeyRow(f"key-{sequence}", sequence, "ES256", "sealed", signs_from - 660, signs_from, None)
    return replace(made, **fields)


def facts(*rows: SigningKeyRow) -> KeyFacts:
    return KeyFacts(rows or (row(),), "org-1")


def rotate(*rows: SigningKeyRow, at_once: bool = False, caller: Caller = OPERATOR) -> Outcome:
    return ROTATE_SIGNING_KEYS.decide(at_once, facts(*rows), a_context(caller=caller))


def revoke(kid: str, *rows: SigningKeyRow, caller: Caller = OPERATOR) -> Outcome:
    return REVOKE_SIGNING_KEY.decide(kid, facts(*rows), a_context(caller=caller))


def shown(outcome: Outcome, status: int = 200) -> ShownSigningKey:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (status, NO_STORE)
    assert isinstance(outcome.reply.body, SigningKeyResponse)
    return outcome.reply.body.data


def kinds(outcome: Outcome) -> list[tuple[str, str]]:
    return [(each.event.kind, each.event.subject) for each in outcome.changes if isinstance(each, RecordEvent)]


def test_all_keys_are_shown_newest_first_with_the_next_rotation() -> None:
    outcome = LIST_SIGNING_KEYS.decide(None, facts(row(1), row(2, NOW + 60)), a_context(caller=OPERATOR))
    assert isinstance(outcome.reply, Reply)
    body = outcome.reply.body
    assert isinstance(body, SigningKeyList)
    assert [(key.id, key.state) for key in body.data] == [("key-2", "published"), ("key-1", "signing")]
    assert (body.meta.next_rotation_at, body.meta.may_change) == ("2027-01-15T08:01:00Z", True)
    assert "sealed" not in repr(body)


def test_administrators_of_other_organizations_look_but_do_not_touch() -> None:
    LIST_SIGNING_KEYS.read(a_call(), a_context(caller=ELSEWHERE))
    seen = LIST_SIGNING_KEYS.decide(None, facts(), a_context(caller=ELSEWHERE))
    assert isinstance(seen.reply, Reply)
    assert seen.reply.body.meta.may_change is False
    with refused(AccessDenied, "operator_required"):
        rotate(caller=ELSEWHERE)
    with refused(AccessDenied, "operator_required"):
        revoke("key-1", caller=ELSEWHERE)


@pytest.mark.parametrize("operation", [LIST_SIGNING_KEYS, ROTATE_SIGNING_KEYS, REVOKE_SIGNING_KEY])
def test_members_do_not_even_look(operation: Any) -> None:
    with refused(AccessDenied, "administrator_required"):
        operation.read(a_json_call({}, id="key-1"), a_context(caller=MEMBER))


def test_the_next_key_is_published_before_it_signs() -> None:
    outcome = rotate()
    added, _ = outcome.changes
    assert isinstance(added, AddSigningKey)
    assert (added.key.sequence, added.key.activates_at) == (2, NOW + 660)
    made = shown(outcome, 201)
    assert (made.id, made.state, made.published_at) == (added.key.kid, "published", "2027-01-15T08:00:00Z")
    assert kinds(outcome) == [("signing_key.created", added.key.kid)]
    assert outcome.changes_keys


def test_a_second_rotation_while_the_first_one_waits_is_refused_but_one_at_once_is_not() -> None:
    rows = row(1), row(2, NOW + 60)
    with refused(Unprocessable, "rotation_waits"):
        rotate(*rows)
    assert shown(rotate(*rows, at_once=True), 201).state == "signing"


@pytest.mark.parametrize("body", [{"at_once": "yes"}, {"at_once": None}, {"atonce": True}])
def test_a_rotation_that_is_not_understood_is_refused(body: dict[str, Any]) -> None:
    with refused(Unprocessable, "rotation_malformed"):
        ROTATE_SIGNING_KEYS.read(a_json_call(body), a_context(caller=OPERATOR))


def test_without_a_body_the_next_key_is_published_first() -> None:
    empty = replace(a_json_call({}), body=b"")
    assert ROTATE_SIGNING_KEYS.read(empty, a_context(caller=OPERATOR)) is False
    assert ROTATE_SIGNING_KEYS.read(a_json_call({"at_once": True}), a_context(caller=OPERATOR)) is True


def test_another_key_takes_over_at_once_from_a_signing_one_that_is_revoked() -> None:
    outcome = revoke("key-2", row(1), row(2, NOW - 60))
    gone, _, added, _ = outcome.changes
    assert gone == RevokeSigningKey("key-2", NOW)
    assert isinstance(added, AddSigningKey)
    assert (added.key.sequence, added.key.activates_at) == (3, NOW)
    assert shown(outcome).state == "revoked"
    assert kinds(outcome) == [("signing_key.revoked", "key-2"), ("signing_key.created", added.key.kid)]


@pytest.mark.parametrize("kid", ["key-1", "key-3"])
def test_no_other_key_is_made_where_the_signing_one_stays(kid: str) -> None:
    outcome = revoke(kid, row(1, NOW - 2 * DAY), row(2, NOW - 60), row(3, NOW + 600))
    assert outcome.changes[0] == RevokeSigningKey(kid, NOW)
    assert kinds(outcome) == [("signing_key.revoked", kid)]


def test_a_key_that_was_revoked_before_stays_as_it_is() -> None:
    outcome = revoke("key-1", row(1, revoked_at=NOW - 5), row(2))
    assert (outcome.changes, outcome.changes_keys) == ((), False)
    assert shown(outcome).revoked_at == "2027-01-15T07:59:55Z"


def test_a_key_that_is_not_there_is_not_found() -> None:
    with refused(NotFound, "signing_key_not_found"):
        revoke("key-9")


def test_whose_server_it_is_the_first_organization_tells() -> None:
    backend = DictionaryBackend()
    assert finish(LIST_SIGNING_KEYS.load(backend, None, a_context())) == KeyFacts((), None)
    later, first = Organization("org-a", "Later", NOW), Organization("org-b", "First", NOW - 1)
    finish(backend.apply([AddOrganization(later), AddOrganization(first)]))
    assert finish(LIST_SIGNING_KEYS.load(backend, None, a_context())) == KeyFacts((), "org-b")
