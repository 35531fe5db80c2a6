"""Whether a token is live: each thing that it stands on, taken away alone."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.values import (
    ISSUER,
    NOW,
    a_context,
    an_access_token,
    claims,
    own_claims,
    session_claims,
    token_facts,
)

from grantwell.protocol.access_token import AccessTokenClaims, PresentedAccessToken, read_access_token
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.store import TokenFacts

OWN = token_facts(lineage_id=None, user_org_id=None, user_role=None, user_enabled=None, user_valid_after=None)
OF_A_SESSION = TokenFacts(
    user_org_id="org-1",
    user_role="member",
    user_enabled=1,
    user_valid_after=0,
    session_user_id="user-1",
    session_expires_at=NOW + 3600,
)


def presented(said: AccessTokenClaims) -> PresentedAccessToken:
    token = read_access_token(an_access_token(said))
    assert token is not None
    return token


def refusal(said: AccessTokenClaims, facts: TokenFacts, now: int = NOW) -> str | None:
    return refuse_token(presented(said), facts, a_context(now=now))


@pytest.mark.parametrize(
    ("said", "facts"),
    [(claims(), token_facts()), (own_claims(), OWN), (session_claims(), OF_A_SESSION)],
    ids=["of a user", "of a client", "of a session"],
)
def test_a_token_is_live_while_all_that_it_stands_on_stands(said: AccessTokenClaims, facts: TokenFacts) -> None:
    assert refusal(said, facts) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revoked_jti": "jti-1"}, "token_revoked"),
        ({"client_org_id": None}, "token_client_gone"),
        ({"client_enabled": 0}, "token_client_disabled"),
        ({"client_enabled": None}, "token_client_disabled"),
        ({"client_valid_after": NOW + 1}, "token_client_reset"),
        ({"user_org_id": None}, "token_user_gone"),
        ({"user_enabled": 0}, "token_user_disabled"),
        ({"user_valid_after": NOW + 1}, "token_user_reset"),
        ({"lineage_id": None}, "token_lineage_gone"),
        ({"lineage_revoked_at": NOW}, "token_lineage_revoked"),
        ({"grant_revoked_at": NOW}, "token_grant_revoked"),
        ({"grant_revoked_at": 0}, "token_grant_revoked"),
    ],
)
def test_a_users_token_dies_with_each_thing_that_it_stands_on(changes: dict[str, Any], reason: str) -> None:
    assert refusal(claims(), token_facts(**changes)) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revoked_jti": "jti-1"}, "token_revoked"),
        ({"client_org_id": None}, "token_client_gone"),
        ({"client_enabled": 0}, "token_client_disabled"),
        ({"client_valid_after": NOW + 1}, "token_client_reset"),
    ],
)
def test_a_clients_own_token_dies_with_its_client(changes: dict[str, Any], reason: str) -> None:
    assert refusal(own_claims(), replace(OWN, **changes)) == reason


def test_what_was_issued_in_the_second_of_a_reset_still_counts() -> None:
    assert refusal(claims(), token_facts(client_valid_after=NOW, user_valid_after=NOW)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revoked_jti": "jti-1"}, "token_revoked"),
        ({"user_org_id": None}, "token_user_gone"),
        ({"user_enabled": 0}, "token_user_disabled"),
        ({"user_valid_after": NOW + 1}, "token_user_reset"),
        ({"session_user_id": None}, "token_session_ended"),
        ({"session_user_id": "user-2"}, "token_session_ended"),
        ({"session_ended_at": NOW}, "token_session_ended"),
        ({"session_expires_at": NOW}, "token_session_expired"),
        ({"session_expires_at": None}, "token_session_expired"),
    ],
)
def test_a_sessions_token_dies_with_the_session_and_its_user(changes: dict[str, Any], reason: str) -> None:
    assert refusal(session_claims(), replace(OF_A_SESSION, **changes)) == reason


def test_a_persons_token_that_names_no_approval_and_no_session_was_never_issued() -> None:
    assert refusal(claims(lineage=""), token_facts(lineage_id=None)) == "token_without_origin"


def test_facts_are_not_asked_about_a_token_that_is_not_genuine() -> None:
    gone = TokenFacts(revoked_jti="jti-1")
    assert refusal(claims(), gone, NOW + 1800) == "token_expired"
    assert refusal(claims(iss="https://evil.test"), gone) == "token_wrong_issuer"
    forged = PresentedAccessToken(presented(claims()).header, claims(), b"other", bytes(64))
    assert refuse_token(forged, gone, a_context()) == "token_wrong_signature"


def test_the_tokens_of_the_tests_are_of_this_issuer() -> None:
    assert {claims().iss, own_claims().iss, session_claims().iss} == {ISSUER}
