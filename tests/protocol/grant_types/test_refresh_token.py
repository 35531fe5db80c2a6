from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import (
    NOW,
    OTHER_SECRETS,
    RESOURCE,
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
from grantwell.protocol.grant_types.refresh_token import exchange
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.records import Client, Lineage
from grantwell.protocol.token_request import TokenRequest

ID = a_lineage().lineage_id
REQUEST = "request-1"


def refresh(
    number: int = 1,
    lineage: Lineage | None = None,
    client: Client | None = None,
    *,
    text: str | None = None,
    now: int = NOW,
    request_id: str = REQUEST,
    facts: dict[str, Any] | None = None,
    scopes: tuple[str, ...] = (),
    resource: str | None = None,
    **server: Any,
) -> Outcome:
    """Present the refresh token of that number; the head bears number 1 unless a test says otherwise."""
    lineage, client = lineage or a_refreshed_lineage(), client or a_client()
    presented = read_lineage_token(a_refresh_token(number, lineage) if text is None else text)
    credentials = ClientCredentials(client.client_id, None, False)
    asked = TokenRequest("refresh_token", credentials, presented, scopes, resource, None, None)
    context = a_context(now=now, request_id=request_id, **server)
    return exchange(asked, client, redemption_facts(client, lineage, **(facts or {})), context)


def successor(outcome: Outcome) -> str | None:
    assert callable(outcome.reply)
    found: str | None = outcome.reply("signed").body.refresh_token
    return found


def test_the_head_rotates() -> None:
    outcome = refresh(5, a_refreshed_lineage(5))
    assert successor(outcome) == a_refresh_token(6)
    assert outcome.changes == (AdvanceLineage(ID, 5, NOW, NOW + 30 * 86400, REQUEST),)


def test_a_refresh_buys_a_token_for_what_was_approved() -> None:
    said = refresh().unsealed
    assert isinstance(said, AccessTokenClaims)
    assert (said.sub, said.client_id, said.aud, said.scope, said.lineage) == (
        "user-1",
        "client-1",
        RESOURCE,
        "read write",
        ID,
    )


def test_a_refresh_may_ask_for_less_and_never_for_more() -> None:
    said = refresh(scopes=("read",), resource=RESOURCE).unsealed
    assert isinstance(said, AccessTokenClaims)
    assert said.scope == "read"
    with refused_without_consequence(InvalidScope, "scope_beyond_approval"):
        refresh(scopes=("read", "admin"))
    with refused_without_consequence(InvalidTarget, "resource_mismatch"):
        refresh(resource="https://other.test")


def test_the_predecessor_gets_the_same_successor_again_and_changes_nothing() -> None:
    first = refresh(5, a_refreshed_lineage(5))
    again = refresh(5, a_refreshed_lineage(6))
    assert successor(again) == successor(first)
    assert again.changes == ()


def test_the_window_is_open_as_long_as_was_set() -> None:
    head = a_refreshed_lineage(2, rotated_at=NOW)
    assert refresh(1, head, now=NOW + 599).changes == ()
    with refused(InvalidGrant, "refresh_token_replayed"):
        refresh(1, head, now=NOW + 600)
    assert refresh(1, head, now=NOW + 59, retry_seconds=60).changes == ()
    with refused(InvalidGrant, "refresh_token_replayed"):
        refresh(1, head, now=NOW + 61, retry_seconds=60)


def test_a_retry_does_not_open_the_window_anew() -> None:
    assert refresh(1, a_refreshed_lineage(2), now=NOW + 500).changes == ()


def test_without_a_window_every_second_use_is_a_replay() -> None:
    with refused(InvalidGrant, "refresh_token_replayed") as found:
        refresh(1, a_refreshed_lineage(2), retry_seconds=0)
    assert found.error.changes[0] == RevokeLineage(ID, NOW)


def test_without_a_window_whoever_rotated_and_never_learned_of_it_gets_the_same_again() -> None:
    first = refresh(5, a_refreshed_lineage(5), retry_seconds=0)
    again = refresh(5, a_refreshed_lineage(6, advanced_by=REQUEST), retry_seconds=0)
    assert successor(again) == successor(first)
    assert again.changes == ()


@pytest.mark.parametrize(
    ("advanced_by", "request_id", "generation"),
    [(REQUEST, "request-2", 6), (None, REQUEST, 6), ("", "", 6), (None, "", 6), (REQUEST, REQUEST, 7)],
    ids=["another request", "before there was a mark", "without an id", "with neither", "another token"],
)
def test_without_a_window_anything_else_is_a_replay(advanced_by: str | None, request_id: str, generation: int) -> None:
    with refused(InvalidGrant, "refresh_token_replayed") as found:
        refresh(5, a_refreshed_lineage(generation, advanced_by=advanced_by), request_id=request_id, retry_seconds=0)
    assert found.error.changes[0] == RevokeLineage(ID, NOW)


def test_whoever_rotated_is_refused_where_the_lineage_was_revoked_meanwhile() -> None:
    with refused_without_consequence(InvalidGrant, "lineage_revoked"):
        refresh(5, a_refreshed_lineage(6, advanced_by=REQUEST, revoked_at=NOW), retry_seconds=0)


@pytest.mark.parametrize(("number", "generation"), [(1, 3), (1, 77), (75, 77)])
def test_two_generations_back_is_theft_at_any_time(number: int, generation: int) -> None:
    with refused(InvalidGrant, "refresh_token_replayed") as found:
        refresh(number, a_refreshed_lineage(generation))
    assert found.error.changes[0] == RevokeLineage(ID, NOW)
    assert len(found.error.changes) == 2


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 1300), st.sampled_from((0, 600, 1200)))
def test_of_all_the_strings_of_a_lineage_one_rotates_one_may_be_repeated_and_older_ones_end_it(
    number: int, generation: int, age: int, window: int
) -> None:
    lineage = a_refreshed_lineage(generation)
    if number == generation:
        assert refresh(number, lineage, now=NOW + age, retry_seconds=window).changes
    elif number == generation - 1 and age < window:
        assert refresh(number, lineage, now=NOW + age, retry_seconds=window).changes == ()
    elif number < generation:
        with refused(InvalidGrant, "refresh_token_replayed") as found:
            refresh(number, lineage, now=NOW + age, retry_seconds=window)
        assert found.error.changes
    else:
        with refused_without_consequence(InvalidGrant, "grant_not_a_refresh_token"):
            refresh(number, lineage, now=NOW + age, retry_seconds=window)


def test_a_replay_is_noticed_before_expiry_and_whatever_else_it_asks_for() -> None:
    dead = a_refreshed_lineage(3, expires_at=NOW - 1)
    with refused(InvalidGrant, "refresh_token_replayed") as found:
        refresh(1, dead, scopes=("admin",), resource="https://other.test")
    assert found.error.changes


def test_a_replay_of_what_is_over_changes_nothing() -> None:
    with refused_without_consequence(InvalidGrant, "refresh_token_replayed"):
        refresh(1, a_refreshed_lineage(3, revoked_at=NOW - 1))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"text": "garbage"}, "grant_unknown"),
        ({"text": a_refresh_token(1, a_lineage(salt="guess"))}, "grant_not_genuine"),
        ({"secrets": OTHER_SECRETS}, "grant_not_genuine"),
        ({"client": a_client(client_id="client-2")}, "grant_of_another_client"),
        ({"text": a_code()}, "grant_not_a_refresh_token"),
    ],
)
@pytest.mark.parametrize("generation", [1, 2, 9], ids=["as head", "as predecessor", "as ancestor"])
def test_what_is_not_this_clients_own_refresh_token_changes_nothing(
    case: dict[str, Any], reason: str, generation: int
) -> None:
    with refused_without_consequence(InvalidGrant, reason):
        refresh(1, a_refreshed_lineage(generation), **case)


def test_the_code_does_not_refresh_even_as_the_heads_predecessor() -> None:
    with refused_without_consequence(InvalidGrant, "grant_not_a_refresh_token"):
        refresh(text=a_code(), lineage=a_refreshed_lineage(1))


def test_a_refresh_token_that_was_never_issued_does_not_refresh() -> None:
    with refused_without_consequence(InvalidGrant, "grant_not_a_refresh_token"):
        refresh(2, a_refreshed_lineage(1))
    with refused_without_consequence(InvalidGrant, "grant_not_a_refresh_token"):
        refresh(1, a_lineage())


@pytest.mark.parametrize("number", [1, 2], ids=["the predecessor", "the head"])
@pytest.mark.parametrize(
    ("lineage", "facts", "client", "reason"),
    [
        ({"revoked_at": NOW}, {}, {}, "lineage_revoked"),
        ({}, {"grant_revoked_at": NOW}, {}, "grant_revoked"),
        ({}, {"user": a_user(enabled=False)}, {}, "user_disabled"),
        ({}, {"user": a_user(valid_after=NOW + 1)}, {}, "approval_reset"),
        ({}, {}, {"valid_after": NOW + 1}, "approval_reset"),
        ({"expires_at": NOW}, {}, {}, "grant_expired"),
        ({}, {}, {"allowed_scopes": ("admin",)}, "scopes_withdrawn"),
    ],
)
def test_a_dead_refresh_token_is_an_invalid_grant(
    number: int, lineage: dict[str, Any], facts: dict[str, Any], client: dict[str, Any], reason: str
) -> None:
    with refused_without_consequence(InvalidGrant, reason):
        refresh(number, a_refreshed_lineage(2, **lineage), a_client(**client), facts=facts)


def test_each_rotation_starts_the_month_anew_within_the_absolute_end() -> None:
    lineage = a_refreshed_lineage(1)
    (advance,) = refresh(1, lineage, now=NOW + 29 * 86400).changes
    assert advance == AdvanceLineage(ID, 1, NOW + 29 * 86400, NOW + 59 * 86400, REQUEST)
    (last,) = refresh(1, a_refreshed_lineage(1, expires_at=lineage.ends_at), now=NOW + 80 * 86400).changes
    assert last == AdvanceLineage(ID, 1, NOW + 80 * 86400, lineage.ends_at, REQUEST)


def test_withdrawn_scopes_are_gone_at_the_next_refresh() -> None:
    said = refresh(client=a_client(allowed_scopes=("admin", "write"))).unsealed
    assert isinstance(said, AccessTokenClaims)
    assert said.scope == "write"
