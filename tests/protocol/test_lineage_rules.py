from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CATALOGUE,
    NOW,
    OTHER_SECRETS,
    a_client,
    a_code,
    a_context,
    a_lineage,
    a_refreshed_lineage,
    a_self_registered_client,
    a_user,
    redemption_facts,
)

from grantwell.protocol.changes import RecordEvent, RevokeLineage
from grantwell.protocol.client_authentication import ClientCredentials
from grantwell.protocol.errors import InvalidGrant, InvalidScope
from grantwell.protocol.lineage_rules import (
    genuine_lineage,
    head_expires_at,
    lineage_scopes,
    refuse_lineage,
    require_living,
    revoke_as_replayed,
)
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.token_request import TokenRequest


def a_request(text: str | None = None, grant_type: str = "authorization_code") -> TokenRequest:
    presented = read_lineage_token(a_code() if text is None else text)
    return TokenRequest(grant_type, ClientCredentials("client-1", None, False), presented, (), None, None, None)


def test_a_string_of_this_server_for_this_client_leads_to_its_lineage() -> None:
    facts = redemption_facts(a_client(), a_lineage())
    assert genuine_lineage(a_request(), a_client(), facts, a_context()) is facts.lineage


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
def test_all_the_ways_in_which_a_string_is_not_genuine_read_alike(grant_type: str) -> None:
    what = grant_type.replace("_", " ")
    cases = [
        ("grant_unknown", "garbage", a_lineage(), a_client()),
        ("grant_unknown", a_code(), None, a_client()),
        ("grant_not_genuine", a_code(a_lineage(salt="other")), a_lineage(), a_client()),
        ("grant_of_another_client", a_code(), a_lineage(), a_client(client_id="client-2")),
    ]
    for reason, text, lineage, client in cases:
        with refused(InvalidGrant, reason) as found:
            genuine_lineage(a_request(text, grant_type), client, redemption_facts(client, lineage), a_context())
        assert found.error.description == f"the {what} is not valid"


def test_a_guess_at_another_clients_code_is_not_told_from_a_guess_at_none() -> None:
    guess, client = a_code(a_lineage(salt="guess")), a_client(client_id="client-2")
    with refused(InvalidGrant, "grant_not_genuine"):
        genuine_lineage(a_request(guess), client, redemption_facts(client, a_lineage()), a_context())


def test_nothing_is_genuine_for_a_server_that_lost_its_secret() -> None:
    facts = redemption_facts(a_client(), a_lineage())
    with refused(InvalidGrant, "grant_not_genuine"):
        genuine_lineage(a_request(), a_client(), facts, a_context(secrets=OTHER_SECRETS))


def refusal(now: int = NOW, lineage: dict[str, Any] | None = None, **facts: Any) -> str | None:
    found = a_lineage(**(lineage or {}))
    return refuse_lineage(found, redemption_facts(a_client(), found, **facts), a_context(now=now))


def test_a_lineage_lives_while_all_that_it_stands_on_stands() -> None:
    assert refusal() is None
    assert refusal(NOW + 59) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lineage": {"revoked_at": NOW - 1}}, "lineage_revoked"),
        ({"grant_revoked_at": NOW - 1}, "grant_revoked"),
        ({"grant_revoked_at": 0}, "grant_revoked"),
        ({"user": None}, "user_disabled"),
        ({"user": a_user(enabled=False)}, "user_disabled"),
        ({"user": a_user(valid_after=NOW + 1)}, "approval_reset"),
        ({"client": a_client(valid_after=NOW + 1)}, "approval_reset"),
        ({"now": NOW + 60}, "grant_expired"),
    ],
)
def test_a_lineage_ends_with_each_thing_that_it_stands_on(fields: dict[str, Any], reason: str) -> None:
    assert refusal(**fields) == reason
    now, lineage = fields.pop("now", NOW), a_lineage(**fields.pop("lineage", {}))
    with refused(InvalidGrant, reason) as found:
        require_living(lineage, redemption_facts(a_client(), lineage, **fields), a_context(now=now), "refresh token")
    assert found.error.description == "the refresh token is expired or revoked"


def test_an_approval_in_the_second_of_a_reset_still_counts() -> None:
    assert refusal(user=a_user(valid_after=NOW), client=a_client(valid_after=NOW)) is None


def test_a_replay_ends_the_lineage_and_is_written_down_without_any_secret() -> None:
    changes = revoke_as_replayed(a_refreshed_lineage(3), a_context(), "refresh_token_replayed")
    revoke, record = changes
    assert revoke == RevokeLineage("AAAAAAAAAAAAAAAAAAAAAA", NOW)
    assert isinstance(record, RecordEvent)
    event = record.event
    assert (event.kind, event.subject, event.org_id, event.actor) == (
        "lineage.replayed",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "org-1",
        "client-1",
    )
    assert (event.reason, event.detail) == ("refresh_token_replayed", "user user-1, generation 3")
    assert (event.at, event.request_id, event.address) == (NOW, "request-1", "192.0.2.7")


def test_a_replay_of_what_is_over_changes_nothing() -> None:
    assert revoke_as_replayed(a_lineage(revoked_at=NOW - 1), a_context(), "code_replayed") == ()


def test_a_head_lives_a_month_from_now_and_never_past_the_end_of_its_lineage() -> None:
    lineage = a_lineage()
    assert head_expires_at(lineage, a_context()) == NOW + 30 * 86400
    assert head_expires_at(lineage, a_context(now=lineage.ends_at - 86400)) == lineage.ends_at
    assert head_expires_at(lineage, a_context(now=lineage.ends_at + 1)) == lineage.ends_at


def scopes(asked: tuple[str, ...] = (), client: Any = None, **server: Any) -> tuple[str, ...]:
    return lineage_scopes(asked, a_lineage(), client or a_client(), a_context(**server))


def test_a_lineage_gives_what_was_approved_or_less() -> None:
    assert scopes() == ("read", "write")
    assert scopes(("write",)) == ("write",)
    with refused(InvalidScope, "scope_beyond_approval"):
        scopes(("read", "admin"))


def test_what_the_client_was_since_denied_is_approved_no_more() -> None:
    narrowed = a_client(allowed_scopes=("admin", "read"))
    assert scopes(client=narrowed) == ("read",)
    with refused(InvalidScope, "scope_beyond_approval"):
        scopes(("write",), narrowed)


def test_what_the_server_no_longer_has_is_approved_no_more() -> None:
    assert scopes(scopes=CATALOGUE[:2]) == ("read",)
    registered = a_self_registered_client(allowed_scopes=("read", "write"))
    assert scopes(client=registered, registration_scopes=("write",)) == ("write",)


def test_where_nothing_is_left_of_an_approval_the_person_must_be_asked_again() -> None:
    with refused(InvalidGrant, "scopes_withdrawn"):
        scopes(client=a_client(allowed_scopes=("admin",)))


def test_widening_a_client_widens_no_approval() -> None:
    narrow = replace(a_lineage(), scopes=("read",))
    assert lineage_scopes((), narrow, a_client(), a_context()) == ("read",)
