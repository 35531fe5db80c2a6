"""Introspection: who may ask, and what they may be told."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.storage.examples import authenticating
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    API_KEY,
    CLIENT_SECRET,
    ISSUER,
    NOW,
    RESOURCE,
    a_client,
    a_code,
    a_context,
    a_form_call,
    a_json_call,
    a_lineage,
    a_public_client,
    a_refresh_token,
    a_refreshed_lineage,
    a_self_registered_client,
    a_user,
    an_access_token,
    an_api_key,
    api_key_facts,
    basic,
    bearer,
    claims,
    finish,
    own_claims,
    redemption_facts,
    session_claims,
    token_facts,
)

from grantwell.operations.introspect import INTROSPECT_TOKEN, IntrospectionFacts, IntrospectionRequest
from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.errors import InvalidClient, InvalidRequest
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.introspection import INACTIVE, Introspection
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.store import ApiKeyFacts, TokenFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

OWN = {"client_id": "client-1", "client_secret": CLIENT_SECRET}
LIVE = Introspection(True, "read write", "client-1", "Bearer", ISSUER, RESOURCE, "user-1", NOW, NOW + 1800, "jti-1")
OF_A_SESSION = TokenFacts(user_org_id="org-1", user_enabled=1, session_user_id="user-1", session_expires_at=NOW + 3600)


def read(parameters: dict[str, str], authorization: str = "") -> IntrospectionRequest:
    request: IntrospectionRequest = INTROSPECT_TOKEN.read(
        a_form_call(parameters, authorization=authorization), a_context()
    )
    return request


def told(outcome: Outcome) -> Introspection:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (200, NO_STORE)
    assert outcome.changes == ()
    found: Introspection = outcome.reply.body
    return found


def by_client(
    text: str, *, client: Any = None, token: TokenFacts | None = None, lineage: Any = None, now: int = NOW, **facts: Any
) -> Outcome:
    client = client or a_client()
    secret = {} if client.client_type == "public" else {"client_secret": CLIENT_SECRET}
    request = read({"client_id": client.client_id, "token": text, **secret})
    redemption = redemption_facts(client, lineage, **facts) if lineage else None
    found = IntrospectionFacts(client, token=token or token_facts(), redemption=redemption)
    return INTROSPECT_TOKEN.decide(request, found, a_context(now=now))


def by_api_key(text: str, facts: ApiKeyFacts | None = None, token: TokenFacts | None = None) -> Outcome:
    request = read({"token": text}, bearer(API_KEY))
    found = IntrospectionFacts(api_key=facts or api_key_facts(), token=token or token_facts())
    return INTROSPECT_TOKEN.decide(request, found, a_context())


@pytest.mark.parametrize("parameters", [{}, {"token": ""}, {"token_type_hint": "access_token"}])
def test_a_token_is_missing(parameters: dict[str, str]) -> None:
    with refused(InvalidRequest, "token_missing"):
        read({**OWN, **parameters})


def test_client_credentials_go_before_the_bearer_that_sdks_send_along() -> None:
    assert read({**OWN, "token": "x"}, bearer(API_KEY)).key_hash == ""
    assert read({"token": "x"}, basic("client-1", "wrong")).key_hash == ""
    assert read({"token": "x"}, bearer(API_KEY)).key_hash == hash_secret(API_KEY)


def test_json_reads_like_a_form() -> None:
    body = {**OWN, "token": an_access_token()}
    assert INTROSPECT_TOKEN.read(a_json_call(body), a_context()) == INTROSPECT_TOKEN.read(
        a_json_call({**body, "token_type_hint": "refresh_token"}), a_context()
    )


def test_who_asks_is_found_together_with_what_is_asked_about() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    backend.tables.users["user-1"] = a_user()
    backend.tables.api_keys["key-1"] = an_api_key()
    backend.tables.lineages[a_lineage().lineage_id] = a_lineage()
    load = INTROSPECT_TOKEN.load
    token = replace(token_facts(), grant_revoked_at=0)

    facts = finish(load(backend, read({**OWN, "token": an_access_token()}), a_context()))
    assert facts == IntrospectionFacts(authenticating(a_client()), token=token)
    facts = finish(load(backend, read({"token": an_access_token()}, bearer(API_KEY)), a_context()))
    assert facts == IntrospectionFacts(api_key=api_key_facts(), token=token)
    facts = finish(load(backend, read({**OWN, "token": a_refresh_token()}), a_context()))
    redemption = redemption_facts(authenticating(a_client()), a_lineage(), grant_revoked_at=0)
    assert facts == IntrospectionFacts(authenticating(a_client()), redemption=redemption)
    assert finish(load(backend, read({**OWN, "token": "x"}), a_context())) == IntrospectionFacts(
        authenticating(a_client())
    )
    assert finish(load(backend, read({"token": "x"}), a_context())) == IntrospectionFacts()
    facts = finish(load(backend, read({"token": a_refresh_token()}, bearer(API_KEY)), a_context()))
    assert facts == IntrospectionFacts(api_key=api_key_facts())


def test_a_client_is_told_of_its_own_live_token() -> None:
    outcome = by_client(an_access_token())
    assert told(outcome) == LIVE
    assert outcome.uses == (Use("client_secret", "client-1", NOW, hash_secret(CLIENT_SECRET)),)
    assert (outcome.client_id, outcome.reason) == ("client-1", "")


def test_whoever_holds_an_api_key_is_told_too() -> None:
    outcome = by_api_key(an_access_token(), api_key_facts(last_used_at=NOW - 3))
    assert told(outcome) == LIVE
    assert outcome.uses == (Use("api_key", "key-1", NOW, noted_at=NOW - 3),)


@pytest.mark.parametrize(
    ("parameters", "client", "reason"),
    [
        ({}, None, "client_missing"),
        (OWN, None, "client_unknown"),
        ({**OWN, "client_secret": "wrong"}, a_client(), "client_secret_wrong"),
        ({"client_id": "client-1"}, a_client(), "client_secret_missing"),
        (OWN, a_client(enabled=False), "client_disabled"),
    ],
)
def test_whoever_cannot_prove_to_be_the_client_is_told_nothing(
    parameters: dict[str, str], client: Any, reason: str
) -> None:
    request = read({**parameters, "token": an_access_token()})
    with refused(InvalidClient, reason):
        INTROSPECT_TOKEN.decide(request, IntrospectionFacts(client, token=token_facts()), a_context())


def test_wrong_client_credentials_never_fall_through_to_a_good_bearer() -> None:
    request = read({**OWN, "client_secret": "wrong", "token": an_access_token()}, bearer(API_KEY))
    facts = IntrospectionFacts(a_client(), api_key_facts(), token_facts())
    with refused(InvalidClient, "client_secret_wrong"):
        INTROSPECT_TOKEN.decide(request, facts, a_context())


def test_a_client_id_without_a_secret_is_no_credential_and_leaves_the_word_to_the_api_key() -> None:
    request = read({"client_id": "client-1", "token": an_access_token()}, bearer(API_KEY))
    facts = IntrospectionFacts(api_key=api_key_facts(), token=token_facts())
    assert told(INTROSPECT_TOKEN.decide(request, facts, a_context())) == LIVE


def test_a_public_client_is_told_nothing() -> None:
    with refused(InvalidClient, "client_is_public"):
        by_client(an_access_token(claims(client_id="public-1")), client=a_public_client())


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (api_key_facts(revoked_at=NOW), "api_key_revoked"),
        (api_key_facts(expires_at=NOW), "api_key_expired"),
        (api_key_facts(a_user(enabled=False)), "user_disabled"),
        (api_key_facts(capabilities=("clients", "grants", "consent")), "capability_missing"),
    ],
)
def test_an_api_key_that_may_not_ask_is_told_nothing(facts: ApiKeyFacts, reason: str) -> None:
    with refused(InvalidClient, reason) as found:
        by_api_key(an_access_token(), facts)
    assert found.error.description == "client authentication failed"


def test_an_unknown_api_key_is_told_nothing() -> None:
    request = read({"token": an_access_token()}, bearer(API_KEY))
    with refused(InvalidClient, "api_key_unknown"):
        INTROSPECT_TOKEN.decide(request, IntrospectionFacts(token=token_facts()), a_context())


@pytest.mark.parametrize(
    ("said", "facts", "now", "reason"),
    [
        (claims(), token_facts(), NOW + 1800, "token_expired"),
        (claims(iss="https://evil.test"), token_facts(), NOW, "token_wrong_issuer"),
        (claims(), token_facts(revoked_jti="jti-1"), NOW, "token_revoked"),
        (claims(), token_facts(grant_revoked_at=NOW), NOW, "token_grant_revoked"),
        (claims(), TokenFacts(), NOW, "token_client_gone"),
        (session_claims(), OF_A_SESSION, NOW, "token_of_a_session"),
    ],
)
def test_what_is_not_live_is_just_inactive(said: AccessTokenClaims, facts: TokenFacts, now: int, reason: str) -> None:
    outcome = by_client(an_access_token(said), token=facts, now=now)
    assert told(outcome) == INACTIVE
    assert outcome.reason == reason


def test_an_unknown_key_is_told_apart_so_that_the_keys_are_read_again() -> None:
    request = read({**OWN, "token": an_access_token()})
    outcome = INTROSPECT_TOKEN.decide(request, IntrospectionFacts(a_client()), a_context(keys=()))
    assert outcome.reason == "token_unknown_key"


@pytest.mark.parametrize("text", ["garbage", API_KEY, CLIENT_SECRET, a_code(), "a.b.c", "é" * 100])
def test_what_is_no_token_of_this_kind_is_just_inactive(text: str) -> None:
    for outcome in (by_client(text, lineage=a_lineage()), by_api_key(text)):
        assert told(outcome) == INACTIVE
        assert outcome.reason == "token_unknown"


STRANGER = a_client(client_id="client-2", org_id="org-2")


@pytest.mark.parametrize(
    ("client_org", "user_org", "active"),
    [("org-2", "org-1", True), ("org-1", "org-2", True), ("org-2", "org-2", True), ("org-1", "org-3", False)],
)
def test_an_organization_is_told_of_tokens_of_its_clients_and_of_its_users(
    client_org: str, user_org: str, active: bool
) -> None:
    facts = token_facts(client_org_id=client_org, user_org_id=user_org)
    assert told(by_client(an_access_token(), client=STRANGER, token=facts)).active is active
    key = api_key_facts(a_user(org_id="org-2"))
    assert told(by_api_key(an_access_token(), key, facts)).active is active


def test_a_token_of_another_organization_is_just_inactive() -> None:
    outcome = by_client(an_access_token(), client=STRANGER)
    assert told(outcome) == INACTIVE
    assert outcome.reason == "token_of_another_organization"


def test_a_clients_own_token_belongs_to_its_organization() -> None:
    facts = replace(token_facts(), lineage_id=None, user_org_id=None)
    assert told(by_api_key(an_access_token(own_claims()), token=facts)).sub == "client-1"
    key = api_key_facts(a_user(org_id="org-2"))
    assert told(by_api_key(an_access_token(own_claims()), key, facts)) == INACTIVE


def test_a_self_registered_client_is_told_of_its_own_tokens_alone() -> None:
    client = a_self_registered_client(
        client_type="confidential", secret_hash=hash_secret(CLIENT_SECRET), client_id="registered-1"
    )
    facts = token_facts(client_org_id=client.org_id)
    mine = claims(client_id="registered-1")
    assert told(by_client(an_access_token(mine), client=client, token=facts)).active
    others = claims(client_id="registered-2")
    assert told(by_client(an_access_token(others), client=client, token=facts)) == INACTIVE


def refresh_token_told(number: int = 2, lineage: dict[str, Any] | None = None, **more: Any) -> Introspection:
    found = a_refreshed_lineage(2, **(lineage or {}))
    return told(by_client(a_refresh_token(number, found), lineage=found, **more))


def test_a_refresh_token_is_told_to_its_own_client() -> None:
    assert refresh_token_told() == Introspection(
        True, "read write", "client-1", "refresh_token", ISSUER, RESOURCE, "user-1", NOW, NOW + 30 * 86400
    )


@pytest.mark.parametrize(
    "case",
    [
        {"client": a_client(client_id="client-2")},
        {"number": 1},
        {"number": 3},
        {"lineage": {"revoked_at": NOW}},
        {"lineage": {"expires_at": NOW}},
        {"grant_revoked_at": NOW},
        {"user": a_user(enabled=False)},
        {"user": None},
    ],
)
def test_any_other_refresh_token_is_just_inactive(case: dict[str, Any]) -> None:
    assert refresh_token_told(**case) == INACTIVE


def test_a_forged_refresh_token_is_just_inactive() -> None:
    forged = a_refresh_token(2, a_lineage(salt="guess"))
    assert told(by_client(forged, lineage=a_refreshed_lineage(2))) == INACTIVE


def test_an_api_key_is_never_told_of_refresh_tokens() -> None:
    assert told(by_api_key(a_refresh_token(2))) == INACTIVE
