"""Inspection: a person learns what the own organization's tokens are worth, and why; of others' nothing."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    NOW,
    a_caller,
    a_client,
    a_code,
    a_context,
    a_json_call,
    a_lineage,
    a_refresh_token,
    a_refreshed_lineage,
    an_access_token,
    claims,
    finish,
    redemption_facts,
    session_claims,
    token_facts,
)

from grantwell.extensions.inspection import INSPECT_TOKEN, InspectionFacts
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.inspection import Inspection
from grantwell.protocol.keys import SigningKey, generate_private_key
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client, Lineage
from grantwell.protocol.store import RedemptionFacts, TokenFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

ANN = a_caller(kind="session", credential="session session-1")


def inspect(text: str, facts: InspectionFacts, *, caller: Any = ANN, **context: Any) -> Inspection:
    circumstances = a_context(caller=caller, **context)
    presented = INSPECT_TOKEN.read(a_json_call({"token": text}), circumstances)
    outcome = INSPECT_TOKEN.decide(presented, facts, circumstances)
    return body_of(outcome)


def body_of(outcome: Outcome) -> Inspection:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers, outcome.changes) == (200, NO_STORE, ())
    body = outcome.reply.body
    assert isinstance(body, Inspection)
    assert outcome.reason == body.reason
    return body


def of_access_token(text: str | None = None, facts: TokenFacts | None = None, **more: Any) -> Inspection:
    return inspect(text or an_access_token(), InspectionFacts(facts or token_facts()), **more)


def of_refresh_token(
    text: str | None = None, *, lineage: Lineage | None = None, client: Client | None = None, **more: Any
) -> Inspection:
    facts = redemption_facts(client or a_client(), lineage or a_refreshed_lineage())
    return inspect(text or a_refresh_token(), InspectionFacts(redemption=facts), **more)


def test_a_live_access_token_is_told_as_introspection_tells_it() -> None:
    said = claims()
    assert of_access_token() == Inspection(
        active=True,
        scope="read write",
        client_id="client-1",
        token_type="Bearer",
        iss=said.iss,
        aud=said.aud,
        sub="user-1",
        iat=NOW,
        exp=NOW + 1800,
        jti="jti-1",
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (token_facts(revoked_jti="jti-1"), "token_revoked"),
        (token_facts(lineage_revoked_at=NOW), "token_lineage_revoked"),
        (token_facts(grant_revoked_at=NOW), "token_grant_revoked"),
        (token_facts(client_enabled=0), "token_client_disabled"),
        (token_facts(user_enabled=0), "token_user_disabled"),
    ],
)
def test_a_dead_access_token_is_told_with_the_reason_and_nothing_else(facts: TokenFacts, reason: str) -> None:
    assert of_access_token(facts=facts) == Inspection(active=False, reason=reason)


def test_what_the_token_says_itself_needs_no_right_to_know() -> None:
    elsewhere = replace(ANN, org_id="org-2", user_id="user-2")
    assert of_access_token(caller=elsewhere, now=NOW + 1800).reason == "token_expired"
    forged = an_access_token(key=SigningKey("key-1", "ES256", generate_private_key("ES256"), 0))
    assert of_access_token(forged, caller=elsewhere).reason == "token_wrong_signature"


@pytest.mark.parametrize("facts", [token_facts(), token_facts(revoked_jti="jti-1"), token_facts(user_enabled=0)])
def test_another_organization_learns_nothing_that_the_database_knows(facts: TokenFacts) -> None:
    elsewhere = replace(ANN, org_id="org-2", user_id="user-2")
    assert of_access_token(facts=facts, caller=elsewhere) == Inspection(
        active=False, reason="token_of_another_organization"
    )


@pytest.mark.parametrize("facts", [token_facts(client_org_id="org-2"), token_facts(user_org_id="org-2")])
def test_the_organization_of_the_client_and_that_of_the_user_may_both_know(facts: TokenFacts) -> None:
    assert of_access_token(facts=facts).active


def test_a_token_of_our_own_pages_is_nobodys_to_inspect() -> None:
    facts = token_facts(session_user_id="user-1", session_expires_at=NOW + 60)
    assert of_access_token(an_access_token(session_claims()), facts) == Inspection(
        active=False, reason="token_of_a_session"
    )


def test_a_refresh_token_is_told_to_the_person_who_approved_it() -> None:
    told = of_refresh_token()
    assert (told.active, told.token_type, told.sub, told.client_id) == (True, "refresh_token", "user-1", "client-1")
    assert (told.scope, told.exp) == ("read write", NOW + 30 * 86400)


def test_a_refresh_token_is_not_told_to_a_colleague() -> None:
    assert of_refresh_token(caller=replace(ANN, user_id="user-2")).reason == "token_unknown"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"lineage": a_refreshed_lineage(revoked_at=NOW)}, "lineage_revoked"),
        ({"lineage": a_refreshed_lineage(2)}, "refresh_token_rotated"),
        ({"lineage": a_refreshed_lineage(expires_at=NOW)}, "grant_expired"),
        ({"client": a_client(enabled=False)}, "client_disabled"),
        ({"lineage": a_refreshed_lineage(salt="another salt")}, "token_unknown"),
    ],
)
def test_a_dead_refresh_token_is_told_with_the_reason(case: dict[str, Any], reason: str) -> None:
    assert of_refresh_token(**case) == Inspection(active=False, reason=reason)


def test_a_code_is_nobodys_to_inspect() -> None:
    assert of_refresh_token(a_code(), lineage=a_lineage()).reason == "token_unknown"


@pytest.mark.parametrize("text", ["x", "a.b.c", "gw_key_of-a-user"])
def test_anything_else_is_unknown(text: str) -> None:
    assert inspect(text, InspectionFacts()) == Inspection(active=False, reason="token_unknown")


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}])
def test_without_a_token_there_is_nothing_to_inspect(body: dict[str, Any]) -> None:
    with refused(Unprocessable, "inspection_malformed"):
        INSPECT_TOKEN.read(a_json_call(body), a_context(caller=ANN))


def test_a_refresh_token_is_looked_up_with_its_own_client() -> None:
    asked: list[str] = []

    class Lookups(DictionaryBackend):
        async def redemption(self, client_id: str, lineage_id: str) -> RedemptionFacts:
            asked.append(client_id)
            return redemption_facts(a_client() if client_id else None, a_refreshed_lineage())

    context = a_context(caller=ANN)
    presented = INSPECT_TOKEN.read(a_json_call({"token": a_refresh_token()}), context)
    store: Any = Lookups()
    facts = finish(INSPECT_TOKEN.load(store, presented, context))
    assert facts.redemption.client.client_id == "client-1"
    assert asked == ["", "client-1"]


def test_only_who_is_signed_in_may_inspect() -> None:
    assert INSPECT_TOKEN.security == "session"
