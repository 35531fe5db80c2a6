"""The contract: clean-up takes what has passed and nothing else; last uses only move forward."""

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0, lineage_in

from grantwell.protocol.changes import (
    AddApiKey,
    AddClient,
    AddConsentDecision,
    AddGrant,
    AddLineage,
    AdvanceLineage,
    AuthorizeClient,
    RecordEvent,
    RemoveExpired,
    RevokeAccessToken,
    RevokeGrant,
    RevokeLineage,
)
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.store import Backend


async def clean(backend: Backend, table: str, before: int, limit: int = 100) -> int:
    return await backend.apply([RemoveExpired(table, before, limit)])


async def test_a_code_that_was_never_redeemed_goes_when_it_has_expired(backend: Backend) -> None:
    await clean(backend, "lineages", T0 + 60)
    assert await lineage_in(backend) == an.lineage()
    await clean(backend, "lineages", T0 + 61)
    assert await lineage_in(backend) is None


async def test_a_redeemed_lineage_stays_to_its_absolute_end_so_that_late_replays_are_recognised(
    backend: Backend,
) -> None:
    await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 600, "r")])
    await backend.apply([RevokeLineage("lineage-1", T0 + 40)])
    await clean(backend, "lineages", an.lineage().ends_at)
    assert await lineage_in(backend) is not None
    await clean(backend, "lineages", an.lineage().ends_at + 1)
    assert await lineage_in(backend) is None


async def test_a_lineage_that_is_added_with_its_history_stays_to_its_end(backend: Backend) -> None:
    moved = an.lineage(lineage_id="lineage-2", generation=3)
    await backend.apply([AddLineage(moved)])
    await clean(backend, "lineages", moved.ends_at)
    assert await lineage_in(backend, "lineage-2") == moved


async def test_consent_decisions_go_when_their_tokens_have_expired(backend: Backend) -> None:
    await backend.apply([AddConsentDecision(an.decision(consent_id="consent-2", expires_at=T0 + 601))])
    await clean(backend, "consent_decisions", T0 + 601)
    assert (await backend.consent("consent-1", "", "")).decision is None
    assert (await backend.consent("consent-2", "", "")).decision is not None


async def test_revoked_tokens_leave_the_list_when_they_have_expired(backend: Backend) -> None:
    await backend.apply([RevokeAccessToken("jti-1", T0 + 10), RevokeAccessToken("jti-2", T0 + 11)])
    await clean(backend, "revoked_tokens", T0 + 11)
    assert (await backend.token("", "", "", "", "jti-1")).revoked_jti is None
    assert (await backend.token("", "", "", "", "jti-2")).revoked_jti == "jti-2"


async def test_sessions_go_when_they_have_expired(backend: Backend) -> None:
    await backend.apply([AddSession(an.session(session_id="session-2", session_hash="2", expires_at=T0 + 3601))])
    await clean(backend, "sessions", T0 + 3601)
    assert await backend.session("session-hash-1") is None
    assert await backend.session("2") is not None


async def test_events_go_the_oldest_first(backend: Backend) -> None:
    await backend.apply([RecordEvent(an.event(event_id=f"e{number}", at=T0 + number)) for number in (3, 1, 2)])
    before = [event for event in await backend.audit_events(0, 100) if event.at < T0 + 1]
    assert await clean(backend, "audit_events", T0 + 3, limit=len(before) + 1) == len(before) + 1
    assert [event.event_id for event in await backend.audit_events(0, 100)] == ["e2", "e3"]
    assert await clean(backend, "audit_events", T0 + 3) == 1
    assert [event.event_id for event in await backend.audit_events(0, 100)] == ["e3"]


async def test_a_revoked_grant_stays_while_a_lineage_is_left(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    await clean(backend, "grants", T0 + 100)
    assert (await backend.redemption("", "lineage-1")).grant_revoked_at == T0 + 5
    await clean(backend, "lineages", T0 + 100)
    await clean(backend, "grants", T0 + 5)
    assert await grant_is_there(backend)
    await clean(backend, "grants", T0 + 6)
    assert not await grant_is_there(backend)


async def grant_is_there(backend: Backend) -> bool:
    """Whether a lineage of the first grant would find it."""
    await backend.apply([AddLineage(an.lineage(lineage_id="probe", expires_at=0))])
    found = (await backend.redemption("", "probe")).grant_revoked_at != 0
    await clean(backend, "lineages", 1)
    return found


async def test_a_living_grant_is_never_cleaned_up(backend: Backend) -> None:
    await clean(backend, "lineages", T0 + 10**9)
    await clean(backend, "grants", T0 + 10**9)
    assert await backend.grant("user-1", "grant-1") is not None


async def test_a_self_registered_client_that_nobody_authorized_is_reaped(backend: Backend) -> None:
    await backend.apply([AddClient(an.self_registered(client_id="client-2"))])
    await clean(backend, "clients", T0)
    assert await backend.client("client-2") is not None
    await clean(backend, "clients", T0 + 1)
    assert await backend.client("client-2") is None


async def test_no_other_client_is_reaped(backend: Backend) -> None:
    authorized = an.self_registered(client_id="authorized")
    granted = an.self_registered(client_id="granted")
    await backend.apply([AddClient(each) for each in (authorized, granted)])
    await backend.apply([AuthorizeClient("authorized", T0), AddGrant(an.grant(grant_id="g2", client_id="granted"))])
    await clean(backend, "clients", T0 + 10**9)
    found = {each.client_id for each in await backend.all_clients(100)}
    assert found == {"client-1", "authorized", "granted"}


async def test_clean_up_takes_no_more_than_asked_and_the_oldest_first(backend: Backend) -> None:
    sessions = [an.session(session_id=f"s{n}", session_hash=f"s{n}", expires_at=T0 - n) for n in range(5)]
    await backend.apply([AddSession(each) for each in sessions])
    await clean(backend, "sessions", T0 + 1, limit=2)
    left = [each.session_id for each in sessions if await backend.session(each.session_hash)]
    assert left == ["s0", "s1", "s2"]


async def test_clean_up_says_how_many_rows_it_took(backend: Backend) -> None:
    sessions = [an.session(session_id=f"s{n}", session_hash=f"s{n}", expires_at=T0 - n) for n in range(5)]
    await backend.apply([AddSession(each) for each in sessions])
    assert [await clean(backend, "sessions", T0 + 1, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    both = [RemoveExpired("sessions", T0 + 10**6, 9), RemoveExpired("lineages", T0 + 10**9, 9)]
    assert await backend.apply(both) == 2


@pytest.mark.parametrize("table", ["users", "organizations", "signing_keys", "lineages; DROP TABLE users"])
async def test_only_what_time_takes_can_be_cleaned_up(backend: Backend, table: str) -> None:
    with pytest.raises(ValueError, match="cleaned up"):
        await clean(backend, table, T0 + 10**9)
    assert not await backend.is_empty()


async def test_last_uses_are_noted_for_what_was_used(backend: Backend) -> None:
    await backend.apply(
        [AddClient(an.client(client_id="client-2")), AddApiKey(an.api_key(api_key_id="k2", key_hash="2"))]
    )
    await backend.note_uses(
        [
            Use("client", "client-1", T0 + 1),
            Use("api_key", "key-1", T0 + 4),
        ]
    )
    assert await backend.client("client-1") == an.client(last_used_at=T0 + 1)
    assert await backend.client("client-2") == an.client(client_id="client-2")
    assert [key.last_used_at for key in await backend.api_keys(None)] == [None, T0 + 4]


async def test_the_use_of_a_secret_is_noted_for_that_secret_and_its_client(empty: Backend) -> None:
    await empty.apply([AddClient(an.client(older_secret_hash="secret-0"))])
    await empty.note_uses(
        [Use("client_secret", "client-1", T0 + 3, "secret-0"), Use("client_secret", "client-1", T0 + 2, "secret-1")]
    )
    assert await empty.client("client-1") == an.client(
        older_secret_hash="secret-0",
        last_used_at=T0 + 3,
        secret_last_used_at=T0 + 2,
        older_secret_last_used_at=T0 + 3,
    )


async def test_the_use_of_a_secret_that_has_been_replaced_is_noted_for_its_client_alone(backend: Backend) -> None:
    await backend.note_uses([Use("client_secret", "client-1", T0 + 2, "secret-0")])
    assert await backend.client("client-1") == an.client(last_used_at=T0 + 2)


async def test_a_later_use_never_gives_way_to_an_earlier_one(backend: Backend) -> None:
    await backend.note_uses([Use("client_secret", "client-1", T0 + at, "secret-1") for at in (3, 9, 1)])
    await backend.note_uses([Use("client_secret", "client-1", T0 + 5, "secret-1")])
    assert await backend.client("client-1") == an.client(last_used_at=T0 + 9, secret_last_used_at=T0 + 9)
    await backend.note_uses([Use("client", "client-1", T0 + at) for at in (8, 11, 10)])
    assert await backend.client("client-1") == an.client(last_used_at=T0 + 11, secret_last_used_at=T0 + 9)


async def test_uses_of_what_is_gone_and_no_uses_at_all_change_nothing(backend: Backend) -> None:
    await backend.note_uses([])
    await backend.note_uses([Use("client", "client-9", T0), Use("api_key", "key-9", T0)])
    assert await backend.client("client-1") == an.client()


async def test_noting_a_use_disturbs_no_update_of_the_client(backend: Backend) -> None:
    await backend.note_uses([Use("client", "client-1", T0 + 1)])
    found = await backend.client("client-1")
    assert found is not None
    assert found.revision == 0


async def test_a_use_of_an_unknown_kind_is_refused(backend: Backend) -> None:
    with pytest.raises(ValueError, match="no kind of use"):
        await backend.note_uses([Use("password", "user-1", T0)])
