from typing import Any

import pytest
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import (
    CALLBACK,
    ISSUER,
    NOW,
    OTHER_SECRETS,
    RESOURCE,
    SECRETS,
    VERIFIER,
    a_client,
    a_code,
    a_context,
    a_lineage,
    a_refresh_token,
    a_refreshed_lineage,
    a_user,
    redemption_facts,
)

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.changes import AdvanceLineage, RevokeLineage
from grantwell.protocol.client_authentication import ClientCredentials
from grantwell.protocol.errors import InvalidGrant, InvalidScope, InvalidTarget
from grantwell.protocol.grant_types.authorization_code import exchange
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.records import Client, Lineage
from grantwell.protocol.token_request import TokenRequest

ID = a_lineage().lineage_id
REQUEST = "request-1"


def redeem(
    lineage: Lineage | None = None,
    client: Client | None = None,
    *,
    text: str | None = None,
    now: int = NOW,
    request_id: str = REQUEST,
    facts: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    **request: Any,
) -> Outcome:
    """Redeem a code in the right way, but for what a test does differently."""
    lineage, client = lineage or a_lineage(), client or a_client()
    presented = read_lineage_token(a_code(lineage) if text is None else text)
    said = {"scopes": (), "resource": None, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **request}
    asked = TokenRequest("authorization_code", ClientCredentials(client.client_id, None, False), presented, **said)
    context = a_context(now=now, request_id=request_id, **(server or {}))
    return exchange(asked, client, redemption_facts(client, lineage, **(facts or {})), context)


def test_a_code_buys_a_token_for_what_was_approved() -> None:
    said = redeem().unsealed
    assert isinstance(said, AccessTokenClaims)
    assert (said.iss, said.sub, said.client_id, said.aud) == (ISSUER, "user-1", "client-1", RESOURCE)
    assert (said.scope, said.lineage) == ("read write", ID)


def test_a_code_buys_the_first_refresh_token() -> None:
    reply = redeem().reply
    assert callable(reply)
    assert reply("signed").body.refresh_token == a_refresh_token(1)


def test_a_client_that_may_not_refresh_gets_no_refresh_token() -> None:
    reply = redeem(client=a_client(allowed_grant_types=("authorization_code",))).reply
    assert callable(reply)
    assert reply("signed").body.refresh_token is None


def test_redeeming_is_one_guarded_change() -> None:
    assert redeem().changes == (AdvanceLineage(ID, 0, NOW, NOW + 30 * 86400, REQUEST),)


def test_the_first_refresh_token_ends_with_its_lineage() -> None:
    (advance,) = redeem(a_lineage(ends_at=NOW + 5)).changes
    assert advance == AdvanceLineage(ID, 0, NOW, NOW + 5, REQUEST)


def test_a_code_may_be_redeemed_for_less() -> None:
    said = redeem(scopes=("write",), resource=f"{RESOURCE}/").unsealed
    assert isinstance(said, AccessTokenClaims)
    assert (said.scope, said.aud) == ("write", RESOURCE)


def test_a_code_is_not_redeemed_for_more() -> None:
    with refused_without_consequence(InvalidScope, "scope_beyond_approval"):
        redeem(scopes=("admin",))
    with refused_without_consequence(InvalidTarget, "resource_mismatch"):
        redeem(resource="https://other.test")
    with refused_without_consequence(InvalidTarget, "resource_malformed"):
        redeem(resource="other")


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"text": "garbage"}, "grant_unknown"),
        ({"text": a_code(a_lineage(salt="guess"))}, "grant_not_genuine"),
        ({"server": {"secrets": OTHER_SECRETS}}, "grant_not_genuine"),
        ({"client": a_client(client_id="client-2")}, "grant_of_another_client"),
        ({"redirect_uri": None}, "redirect_uri_mismatch"),
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch"),
        ({"code_verifier": None}, "pkce_verifier_missing"),
        ({"code_verifier": "short"}, "pkce_verifier_malformed"),
        ({"code_verifier": "a" * 43}, "pkce_mismatch"),
        ({"lineage": a_lineage(code_challenge=None, code_challenge_method=None)}, "pkce_downgrade"),
    ],
)
def test_whoever_has_not_proved_possession_causes_nothing_even_by_a_replay(case: dict[str, Any], reason: str) -> None:
    with refused_without_consequence(InvalidGrant, reason):
        redeem(**case)
    lineage = case.pop("lineage", a_lineage())
    redeemed = a_refreshed_lineage(code_challenge=lineage.code_challenge)
    with refused_without_consequence(InvalidGrant, reason):
        redeem(redeemed, **case)


def test_a_refresh_token_is_no_code() -> None:
    with refused_without_consequence(InvalidGrant, "grant_not_a_code"):
        redeem(a_refreshed_lineage(), text=a_refresh_token(1))


def test_without_a_challenge_the_redirect_uri_and_the_clients_own_authentication_prove_possession() -> None:
    lineage = a_lineage(code_challenge=None, code_challenge_method=None)
    assert redeem(lineage, code_verifier=None).changes == (AdvanceLineage(ID, 0, NOW, NOW + 30 * 86400, REQUEST),)


@pytest.mark.parametrize("generation", [1, 2, 77])
@pytest.mark.parametrize("now", [NOW, NOW + 59, NOW + 60, NOW + 80 * 86400], ids=["at once", "59 s", "60 s", "80 days"])
def test_a_replayed_code_revokes_what_it_bought_however_late(generation: int, now: int) -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        redeem(a_refreshed_lineage(generation), now=now)
    assert found.error.changes[0] == RevokeLineage(ID, now)
    assert len(found.error.changes) == 2


def test_a_code_has_no_retry_window() -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        redeem(a_refreshed_lineage(rotated_at=NOW), server={"retry_seconds": 600})
    assert found.error.changes


def test_whoever_redeemed_the_code_and_never_learned_of_it_gets_the_same_again_and_changes_nothing() -> None:
    first, again = redeem(), redeem(a_refreshed_lineage(1, advanced_by=REQUEST))
    assert again.changes == ()
    assert callable(first.reply)
    assert callable(again.reply)
    assert again.reply("signed") == first.reply("signed")
    assert again.unsealed == first.unsealed


@pytest.mark.parametrize(
    ("advanced_by", "request_id"),
    [(REQUEST, "request-2"), (None, REQUEST), ("", ""), (None, "")],
    ids=["another request", "before there was a mark", "without an id", "with neither"],
)
def test_another_request_of_the_same_client_is_a_replay(advanced_by: str | None, request_id: str) -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        redeem(a_refreshed_lineage(1, advanced_by=advanced_by), request_id=request_id)
    assert found.error.changes[0] == RevokeLineage(ID, NOW)


@pytest.mark.parametrize("generation", [2, 3, 77])
def test_a_request_that_refreshed_has_not_redeemed_the_code(generation: int) -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        redeem(a_refreshed_lineage(generation, advanced_by=REQUEST))
    assert found.error.changes


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"lineage": a_refreshed_lineage(1, advanced_by=REQUEST, revoked_at=NOW)}, "lineage_revoked"),
        ({"facts": {"grant_revoked_at": NOW}}, "grant_revoked"),
        ({"facts": {"user": None}}, "user_disabled"),
        ({"code_verifier": "a" * 43}, "pkce_mismatch"),
        ({"client": a_client(client_id="client-2")}, "grant_of_another_client"),
    ],
)
def test_what_came_between_counts_for_whoever_redeemed_the_code_too(case: dict[str, Any], reason: str) -> None:
    redeemed = a_refreshed_lineage(1, advanced_by=REQUEST)
    with refused_without_consequence(InvalidGrant, reason):
        redeem(**{"lineage": redeemed, **case})


def test_a_replay_is_noticed_whatever_else_it_asks_for() -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        redeem(a_refreshed_lineage(), scopes=("admin",), resource="https://other.test")
    assert found.error.changes


def test_a_replay_of_what_is_over_changes_nothing() -> None:
    with refused_without_consequence(InvalidGrant, "code_replayed"):
        redeem(a_refreshed_lineage(revoked_at=NOW - 1))


def test_a_code_lives_a_minute() -> None:
    assert redeem(now=NOW + 59).changes
    with refused_without_consequence(InvalidGrant, "grant_expired") as found:
        redeem(now=NOW + 60)
    assert found.error.description == "the authorization code is expired or revoked"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"lineage": a_lineage(revoked_at=NOW)}, "lineage_revoked"),
        ({"facts": {"grant_revoked_at": NOW}}, "grant_revoked"),
        ({"facts": {"user": a_user(enabled=False)}}, "user_disabled"),
        ({"facts": {"user": None}}, "user_disabled"),
        ({"client": a_client(valid_after=NOW + 1)}, "approval_reset"),
    ],
)
def test_a_code_dies_with_what_it_stands_on(case: dict[str, Any], reason: str) -> None:
    with refused_without_consequence(InvalidGrant, reason):
        redeem(**case)


def test_scopes_that_were_withdrawn_meanwhile_are_not_issued() -> None:
    said = redeem(client=a_client(allowed_scopes=("read",))).unsealed
    assert isinstance(said, AccessTokenClaims)
    assert said.scope == "read"
    with refused_without_consequence(InvalidGrant, "scopes_withdrawn"):
        redeem(client=a_client(allowed_scopes=("admin",)))


def test_the_codes_of_the_tests_are_of_their_server() -> None:
    assert a_lineage().key_id == SECRETS.lineage.primary_id
