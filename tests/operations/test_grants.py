"""The consent decision: once, by one person, and the same answer to the same click."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    NOW,
    RESOURCE,
    SECRETS,
    a_caller,
    a_client,
    a_code,
    a_consent_request,
    a_consent_token,
    a_context,
    a_form_call,
    a_grant,
    a_json_call,
    a_lineage,
    a_user,
    finish,
)

from grantwell.operations.grants import CREATE_GRANT, DecisionRequest
from grantwell.protocol.changes import (
    AddConsentDecision,
    AddGrant,
    AddLineage,
    AuthorizeClient,
    RecordEvent,
    ReplaceGrant,
)
from grantwell.protocol.consent_rules import metadata_digest
from grantwell.protocol.errors import InvalidRequest, Unprocessable, UnsupportedMediaType
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.outcome import ConsentRequest, Outcome, Reply
from grantwell.protocol.records import Client, ConsentDecision, Consented, Grant, Lineage
from grantwell.protocol.store import ConsentFacts
from grantwell.storage.dictionary import DictionaryBackend

DIGEST = metadata_digest(a_client())
LINEAGE_ID = a_lineage().lineage_id
ALLOWED = ConsentDecision("consent-1", "user-1", "client-1", True, LINEAGE_ID, NOW - 5, NOW + 595)
DENIED = ConsentDecision("consent-1", "user-1", "client-1", False, None, NOW - 5, NOW + 595)


def read(body: Any) -> DecisionRequest:
    request: DecisionRequest = CREATE_GRANT.read(a_json_call(body), a_context())
    return request


def decide(
    allowed: bool = True,
    *,
    asked: ConsentRequest | None = None,
    client: Client | None = None,
    grant: Grant | None = None,
    decision: ConsentDecision | None = None,
    lineage: Lineage | None = None,
    **context: Any,
) -> Outcome:
    client = client or a_client()
    facts = ConsentFacts(client, a_user(), grant, decision, lineage)
    request = DecisionRequest(allowed, asked or a_consent_request(client))
    return CREATE_GRANT.decide(request, facts, a_context(**{"caller": a_caller(), **context}))


def answer(outcome: Outcome) -> tuple[str, dict[str, list[str]]]:
    assert isinstance(outcome.reply, Reply)
    assert outcome.reply.status == 200
    where, _, query = outcome.reply.body.redirect_uri.partition("?")
    return where, parse_qs(query)


def test_a_decision_is_read() -> None:
    token = a_consent_token()
    assert read({"allowed": True, "consent_token": token}) == DecisionRequest(True, a_consent_request())
    assert read({"allowed": False, "consent_token": token}) == DecisionRequest(False, a_consent_request())
    assert read({"allowed": True, "consent_token": "garbage"}) == DecisionRequest(True, None)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["allowed", "consent_token"]),
        ({"allowed": "true", "consent_token": "x"}, ["allowed"]),
        ({"allowed": 1, "consent_token": "x"}, ["allowed"]),
        ({"allowed": None, "consent_token": "x"}, ["allowed"]),
        ({"allowed": True, "consent_token": 1}, ["consent_token"]),
        ({"allowed": True, "consent_token": "x", "scopes": ["admin"]}, ["scopes"]),
        ({"allowed": True, "consent_token": "x", "user_id": "user-2"}, ["user_id"]),
        ({"allowed": True, "consent_token": "x", "b" * 100: 1, "a": 1}, ["a", "body"]),
    ],
)
def test_a_decision_that_is_not_one_is_refused_by_field(body: Any, fields: list[str]) -> None:
    with refused(Unprocessable, "decision_malformed") as found:
        read(body)
    assert [problem.field for problem in found.error.problems] == fields


def test_a_decision_is_json() -> None:
    with refused(UnsupportedMediaType, "unsupported_media_type"):
        CREATE_GRANT.read(a_form_call({"allowed": "true"}), a_context())
    with refused(InvalidRequest, "repeated_parameter"):
        CREATE_GRANT.read(replace(a_json_call({}), body=b'{"allowed":false,"allowed":true}'), a_context())


def test_the_facts_are_those_of_the_caller_and_of_an_earlier_decision() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    backend.tables.users["user-1"] = a_user()
    backend.tables.grants = {"grant-1": a_grant(), "grant-2": a_grant(grant_id="grant-2", user_id="user-2")}
    backend.tables.lineages[LINEAGE_ID] = a_lineage()
    context, request = a_context(caller=a_caller()), DecisionRequest(True, a_consent_request())
    before = ConsentFacts(a_client(), a_user(), a_grant(), None, None)
    assert finish(CREATE_GRANT.load(backend, request, context)) == before
    backend.tables.consent_decisions["consent-1"] = ALLOWED
    after = replace(before, decision=ALLOWED, lineage=a_lineage())
    assert finish(CREATE_GRANT.load(backend, request, context)) == after


def test_a_token_that_is_none_is_not_looked_up() -> None:
    facts = finish(CREATE_GRANT.load(DictionaryBackend(), DecisionRequest(True, None), a_context(caller=a_caller())))
    assert facts == ConsentFacts(None, None, None, None, None)


def test_allowing_sends_the_browser_back_with_code_state_and_iss() -> None:
    outcome = decide()
    where, said = answer(outcome)
    assert where == CALLBACK
    assert (said["state"], said["iss"]) == (["of the client"], [ISSUER])
    assert "error" not in said
    presented = read_lineage_token(said["code"][0])
    assert presented is not None
    assert presented.number == 0


def test_allowing_writes_decision_grant_lineage_and_event_at_once() -> None:
    outcome = decide()
    decision, grant, lineage, authorized, event = outcome.changes
    assert isinstance(grant, AddGrant)
    assert isinstance(lineage, AddLineage)
    assert isinstance(event, RecordEvent)
    assert decision == AddConsentDecision(
        ConsentDecision("consent-1", "user-1", "client-1", True, lineage.lineage.lineage_id, NOW, NOW + 600)
    )
    assert authorized == AuthorizeClient("client-1", NOW)
    assert (event.event.kind, event.event.subject, event.event.credential) == (
        "consent.allowed",
        "client-1",
        "api_key key-1",
    )


def test_a_first_approval_makes_a_grant() -> None:
    (_, change, *_) = decide().changes
    assert isinstance(change, AddGrant)
    made = change.grant
    assert made == Grant(
        made.grant_id, "org-1", "user-1", "client-1", ("read", "write"),
        (Consented(RESOURCE, ("read", "write"), DIGEST),), 0, NOW, None,
    )  # fmt: skip


@pytest.mark.parametrize("scopes", [("read",), ("read", "write"), ("write", "read")])
def test_what_a_grant_holds_already_leaves_it_as_it_is(scopes: tuple[str, ...]) -> None:
    """So that many approvals at one moment have nothing to race for."""
    before = (Consented(RESOURCE, ("read", "write"), DIGEST), Consented("https://other.test", ("admin",), DIGEST))
    grant = a_grant(consented=before, scopes=("admin", "read", "write"), revision=7)
    outcome = decide(grant=grant, asked=a_consent_request(scopes=scopes))
    assert [type(each) for each in outcome.changes] == [AddConsentDecision, AddLineage, AuthorizeClient, RecordEvent]
    (lineage,) = [each.lineage for each in outcome.changes if isinstance(each, AddLineage)]
    assert (lineage.grant_id, lineage.scopes) == (grant.grant_id, scopes)


def test_a_further_approval_widens_the_living_grant() -> None:
    before = (Consented("https://other.test", ("admin",), DIGEST), Consented(RESOURCE, ("read",), DIGEST))
    grant = a_grant(consented=before, scopes=("admin", "read"), revision=7)
    (_, change, lineage, *_) = decide(grant=grant, asked=a_consent_request(scopes=("write",))).changes
    assert isinstance(change, ReplaceGrant)
    assert change.seen == 7
    assert change.grant == replace(
        grant,
        scopes=("admin", "read", "write"),
        consented=(before[0], Consented(RESOURCE, ("read", "write"), DIGEST)),
        revision=8,
    )
    assert isinstance(lineage, AddLineage)
    assert lineage.lineage.grant_id == "grant-1"


def test_a_lineage_is_bound_to_all_that_was_asked() -> None:
    (_, grant, change, *_) = decide().changes
    assert isinstance(change, AddLineage)
    assert isinstance(grant, AddGrant)
    made = change.lineage
    assert made == Lineage(
        made.lineage_id, grant.grant.grant_id, "org-1", "client-1", "user-1", ("read", "write"), RESOURCE, CALLBACK,
        CHALLENGE, "S256", made.salt, SECRETS.lineage.primary_id, 0, NOW, NOW + 60, NOW + 90 * 86400, NOW, None,
    )  # fmt: skip
    assert len(made.salt) == 22


def test_a_further_approval_gives_only_what_was_now_asked() -> None:
    grant = a_grant(consented=(Consented(RESOURCE, ("admin", "read", "write"), DIGEST),))
    (_, _, change, *_) = decide(grant=grant, asked=a_consent_request(scopes=("read",))).changes
    assert isinstance(change, AddLineage)
    assert change.lineage.scopes == ("read",)


def test_denying_sends_the_browser_back_with_an_error_and_gives_nothing() -> None:
    outcome = decide(False)
    where, said = answer(outcome)
    assert where == CALLBACK
    assert said == {
        "error": ["access_denied"],
        "error_description": ["the request was denied"],
        "state": ["of the client"],
        "iss": [ISSUER],
    }
    decision, event = outcome.changes
    assert decision == AddConsentDecision(
        ConsentDecision("consent-1", "user-1", "client-1", False, None, NOW, NOW + 600)
    )
    assert isinstance(event, RecordEvent)
    assert event.event.kind == "consent.denied"


def test_a_decision_is_remembered_as_long_as_token_or_retry_could_come_again() -> None:
    (long, *_) = decide(False, asked=a_consent_request(expires_at=NOW + 3000)).changes
    assert isinstance(long, AddConsentDecision)
    assert long.decision.expires_at == NOW + 3000
    (short, *_) = decide(False, retry_seconds=0).changes
    assert isinstance(short, AddConsentDecision)
    assert short.decision.expires_at == NOW + 590


def test_a_decision_is_the_callers_own() -> None:
    (_, grant, lineage, *_) = decide(caller=a_caller(user_id="user-9", org_id="org-9")).changes
    assert isinstance(grant, AddGrant)
    assert isinstance(lineage, AddLineage)
    assert (grant.grant.user_id, lineage.lineage.user_id, lineage.lineage.org_id) == ("user-9", "user-9", "org-9")


def test_nothing_of_state_or_code_is_written_down() -> None:
    outcome = decide(asked=a_consent_request(state="very secret state"))
    code = answer(outcome)[1]["code"][0]
    assert "very secret state" not in repr(outcome.changes)
    assert code not in repr(outcome.changes)


@pytest.mark.parametrize(
    ("request_", "client", "reason"),
    [
        (DecisionRequest(True, None), a_client(), "consent_token_invalid"),
        (DecisionRequest(True, a_consent_request(expires_at=NOW)), a_client(), "consent_token_expired"),
        (DecisionRequest(False, a_consent_request(expires_at=NOW)), a_client(), "consent_token_expired"),
        (DecisionRequest(True, a_consent_request()), None, "consent_client_gone"),
        (DecisionRequest(True, a_consent_request()), a_client(name="Your Bank"), "consent_client_changed"),
        (DecisionRequest(True, a_consent_request()), a_client(allowed_scopes=()), "consent_client_narrowed"),
    ],
)
def test_everything_is_judged_again_at_the_decision(
    request_: DecisionRequest, client: Client | None, reason: str
) -> None:
    with refused(Unprocessable, reason):
        CREATE_GRANT.decide(request_, ConsentFacts(client, a_user(), None, None, None), a_context(caller=a_caller()))


def repeat(allowed: bool = True, **more: Any) -> Outcome:
    return decide(allowed, **{"grant": a_grant(), "lineage": a_lineage(), **more})


def test_the_same_click_again_gets_the_same_answer_and_changes_nothing() -> None:
    outcome = repeat(decision=ALLOWED)
    assert answer(outcome) == (CALLBACK, {"code": [a_code()], "state": ["of the client"], "iss": [ISSUER]})
    assert outcome.changes == ()
    denied = repeat(False, decision=DENIED, lineage=None)
    assert answer(denied) == answer(decide(False))
    assert denied.changes == ()


def test_the_same_click_is_answered_though_the_token_has_expired_meanwhile() -> None:
    assert repeat(decision=ALLOWED, asked=a_consent_request(expires_at=NOW - 1)).changes == ()


def test_the_same_click_is_answered_within_the_retry_window_alone() -> None:
    assert repeat(decision=ALLOWED, now=NOW + 594).changes == ()
    with refused(Unprocessable, "consent_token_used"):
        repeat(decision=ALLOWED, now=NOW + 595)
    with refused(Unprocessable, "consent_token_used"):
        repeat(decision=ALLOWED, retry_seconds=0)


@pytest.mark.parametrize(
    ("allowed", "decision"),
    [
        (False, ALLOWED),
        (True, DENIED),
        (True, replace(ALLOWED, user_id="user-2")),
        (False, replace(DENIED, user_id="user-2")),
    ],
)
def test_the_opposite_decision_or_another_person_finds_the_token_used(allowed: bool, decision: ConsentDecision) -> None:
    with refused(Unprocessable, "consent_token_used"):
        repeat(allowed, decision=decision)


@pytest.mark.parametrize(
    "changes",
    [
        {"lineage": None},
        {"lineage": a_lineage(revoked_at=NOW - 1)},
        {"grant": None},
        {"grant": a_grant(grant_id="grant-2")},
    ],
    ids=["lineage gone", "lineage revoked", "grant revoked", "grant revoked and consented again"],
)
def test_what_was_revoked_since_is_not_made_to_look_like_a_fresh_approval(changes: dict[str, Any]) -> None:
    with refused(Unprocessable, "consent_revoked_since"):
        repeat(decision=ALLOWED, **changes)
