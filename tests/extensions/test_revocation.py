"""Revocation (RFC 7009): the caller's own tokens end, and nothing else is told or changed."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.storage.examples import authenticating
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CLIENT_SECRET,
    NOW,
    OTHER_SECRETS,
    a_client,
    a_code,
    a_context,
    a_form_call,
    a_lineage,
    a_public_client,
    a_refresh_token,
    a_refreshed_lineage,
    a_user,
    an_access_token,
    claims,
    finish,
    own_claims,
    redemption_facts,
    session_claims,
    token_facts,
)

from grantwell.extensions.revocation import REVOCATION, REVOKE_TOKEN, RevocationFacts, RevocationRequest
from grantwell.protocol.changes import RecordEvent, RevokeAccessToken, RevokeLineage
from grantwell.protocol.errors import InvalidClient, InvalidRequest
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.store import TokenFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

OWN = {"client_id": "client-1", "client_secret": CLIENT_SECRET}
LINEAGE_ID = a_lineage().lineage_id


def read(parameters: dict[str, str]) -> RevocationRequest:
    request: RevocationRequest = REVOKE_TOKEN.read(a_form_call(parameters), a_context())
    return request


def revoke(
    text: str, *, client: Any = None, token: TokenFacts | None = None, lineage: Any = None, **context: Any
) -> Outcome:
    client = client or a_client()
    secret = {} if client.client_type == "public" else {"client_secret": CLIENT_SECRET}
    request = read({"client_id": client.client_id, "token": text, **secret})
    redemption = redemption_facts(client, lineage) if lineage else None
    outcome = REVOKE_TOKEN.decide(
        request, RevocationFacts(client, token or token_facts(), redemption), a_context(**context)
    )
    # Whatever happens, it reads alike.
    assert outcome.reply == Reply(200, None, NO_STORE)
    return outcome


def test_an_access_token_is_put_on_the_list_until_it_expires_by_itself() -> None:
    outcome = revoke(an_access_token())
    revoked, event = outcome.changes
    assert revoked == RevokeAccessToken("jti-1", NOW + 1800)
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.subject, event.event.actor, event.event.org_id) == (
        "access_token.revoked",
        "jti-1",
        "client-1",
        "org-1",
    )
    assert outcome.uses == (Use("client_secret", "client-1", NOW, hash_secret(CLIENT_SECRET)),)
    assert (outcome.client_id, outcome.reason) == ("client-1", "")


def test_a_clients_own_token_is_revoked_too() -> None:
    facts = replace(token_facts(), lineage_id=None, user_org_id=None)
    assert revoke(an_access_token(own_claims()), token=facts).changes[0] == RevokeAccessToken("jti-1", NOW + 1800)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_genuine_refresh_token_ends_its_lineage(number: int) -> None:
    outcome = revoke(a_refresh_token(number), lineage=a_refreshed_lineage(3))
    revoked, event = outcome.changes
    assert revoked == RevokeLineage(LINEAGE_ID, NOW)
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.subject, event.event.actor) == ("lineage.revoked", LINEAGE_ID, "client-1")


def test_an_expired_refresh_token_still_ends_its_lineage() -> None:
    lineage = a_refreshed_lineage(1, expires_at=NOW - 1)
    assert revoke(a_refresh_token(1), lineage=lineage).changes[0] == RevokeLineage(LINEAGE_ID, NOW)


def test_a_public_client_revokes_what_it_holds() -> None:
    public, lineage = a_public_client(), a_refreshed_lineage(client_id="public-1")
    assert revoke(a_refresh_token(1, lineage), client=public, lineage=lineage).changes
    assert revoke(an_access_token(claims(client_id="public-1")), client=public).changes


@pytest.mark.parametrize(
    ("text", "lineage", "reason"),
    [
        ("garbage", None, "token_unknown"),
        (CLIENT_SECRET, None, "token_unknown"),
        (a_refresh_token(1), None, "token_unknown"),
        (a_code(), a_lineage(), "token_unknown"),
        (a_code(), a_refreshed_lineage(), "token_unknown"),
        (a_refresh_token(1, a_lineage(salt="guess")), a_refreshed_lineage(), "token_unknown"),
        (a_refresh_token(1), a_refreshed_lineage(client_id="client-2"), "token_unknown"),
        (a_refresh_token(1), a_refreshed_lineage(revoked_at=NOW - 1), "lineage_revoked"),
    ],
)
def test_what_is_not_the_callers_living_refresh_token_changes_nothing(text: str, lineage: Any, reason: str) -> None:
    outcome = revoke(text, lineage=lineage)
    assert (outcome.changes, outcome.reason) == ((), reason)


def test_a_refresh_token_of_another_server_changes_nothing() -> None:
    assert revoke(a_refresh_token(1), lineage=a_refreshed_lineage(), secrets=OTHER_SECRETS).changes == ()


@pytest.mark.parametrize(
    ("text", "facts", "reason"),
    [
        (an_access_token(claims(client_id="client-2")), token_facts(), "token_of_another_client"),
        (an_access_token(claims(exp=NOW)), token_facts(), "token_expired"),
        (an_access_token(claims(iss="https://evil.test")), token_facts(), "token_wrong_issuer"),
        (an_access_token(), token_facts(revoked_jti="jti-1"), "token_revoked"),
        (an_access_token(), token_facts(lineage_revoked_at=NOW), "token_lineage_revoked"),
        (
            an_access_token(session_claims()),
            TokenFacts(user_org_id="o", user_enabled=1, session_user_id="user-1", session_expires_at=NOW + 9),
            "token_of_another_client",
        ),
    ],
)
def test_what_is_not_the_callers_living_access_token_changes_nothing(text: str, facts: TokenFacts, reason: str) -> None:
    outcome = revoke(text, token=facts)
    assert (outcome.changes, outcome.reason) == ((), reason)


def test_an_unknown_key_is_told_apart_so_that_the_keys_are_read_again() -> None:
    assert revoke(an_access_token(), keys=()).reason == "token_unknown_key"


def test_a_disabled_users_refresh_token_can_still_be_revoked() -> None:
    client, lineage = a_client(), a_refreshed_lineage()
    facts = redemption_facts(client, lineage, user=a_user(enabled=False))
    request = read({**OWN, "token": a_refresh_token(1)})
    outcome = REVOKE_TOKEN.decide(request, RevocationFacts(client, redemption=facts), a_context())
    assert outcome.changes[0] == RevokeLineage(LINEAGE_ID, NOW)


@pytest.mark.parametrize(
    ("parameters", "client", "reason"),
    [
        ({}, None, "client_missing"),
        (OWN, None, "client_unknown"),
        ({**OWN, "client_secret": "wrong"}, a_client(), "client_secret_wrong"),
        ({"client_id": "client-1"}, a_client(), "client_secret_missing"),
    ],
)
def test_whoever_cannot_prove_to_be_the_client_changes_nothing(
    parameters: dict[str, str], client: Any, reason: str
) -> None:
    request = read({**parameters, "token": a_refresh_token(1)})
    facts = RevocationFacts(client, redemption=redemption_facts(client, a_refreshed_lineage()))
    with refused(InvalidClient, reason):
        REVOKE_TOKEN.decide(request, facts, a_context())


@pytest.mark.parametrize("parameters", [{}, {"token": ""}])
def test_a_token_is_missing(parameters: dict[str, str]) -> None:
    with refused(InvalidRequest, "token_missing"):
        read({**OWN, **parameters})


def test_a_hint_is_heard_and_not_needed() -> None:
    for hint in ("access_token", "refresh_token", "something"):
        assert read({**OWN, "token": a_code(), "token_type_hint": hint}) == read({**OWN, "token": a_code()})


def test_who_asks_is_found_together_with_what_is_to_be_revoked() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    backend.tables.users["user-1"] = a_user()
    backend.tables.lineages[LINEAGE_ID] = a_refreshed_lineage()
    load = REVOKE_TOKEN.load
    facts = finish(load(backend, read({**OWN, "token": a_refresh_token(1)}), a_context()))
    redemption = redemption_facts(authenticating(a_client()), a_refreshed_lineage(), grant_revoked_at=0)
    assert facts == RevocationFacts(authenticating(a_client()), redemption=redemption)
    facts = finish(load(backend, read({**OWN, "token": an_access_token()}), a_context()))
    assert facts == RevocationFacts(authenticating(a_client()), replace(token_facts(), grant_revoked_at=0))
    assert finish(load(backend, read({**OWN, "token": "x"}), a_context())) == RevocationFacts(
        authenticating(a_client())
    )
    assert finish(load(backend, read({"token": "x"}), a_context())) == RevocationFacts(None)


def test_it_is_advertised() -> None:
    assert REVOKE_TOKEN.documentation.advertised_as == "revocation_endpoint"
    assert dict(REVOCATION.metadata) == {
        "revocation_endpoint_auth_methods_supported": ("none", "client_secret_basic", "client_secret_post")
    }
