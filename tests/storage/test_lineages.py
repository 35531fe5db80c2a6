"""The contract: codes and refresh tokens, redeemed, rotated and revoked."""

import asyncio
from collections.abc import Awaitable

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0, advance, generation_in, lineage_in

from grantwell.protocol.changes import (
    AddLineage,
    AdvanceLineage,
    RecordEvent,
    RevokeLineage,
)
from grantwell.protocol.store import Backend, Conflict, RedemptionFacts


async def test_the_facts_about_a_redemption_are_client_lineage_grant_and_user(backend: Backend) -> None:
    expected = RedemptionFacts(an.authenticating(an.client()), an.lineage(), None, an.user())
    assert await backend.redemption("client-1", "lineage-1") == expected


async def test_an_unknown_client_or_lineage_is_none(backend: Backend) -> None:
    assert await backend.redemption("client-1", "lineage-9") == RedemptionFacts(
        an.authenticating(an.client()), None, None, None
    )
    assert await backend.redemption("client-9", "lineage-1") == RedemptionFacts(None, an.lineage(), None, an.user())
    assert await backend.redemption("", "") == RedemptionFacts(None, None, None, None)


async def test_a_lineage_whose_grant_is_gone_counts_as_revoked(backend: Backend) -> None:
    orphan = an.lineage(lineage_id="lineage-2", grant_id="grant-9", user_id="user-9")
    await backend.apply([AddLineage(orphan)])
    assert await backend.redemption("client-1", "lineage-2") == RedemptionFacts(
        an.authenticating(an.client()), orphan, 0, None
    )


async def test_a_lineage_without_challenge_comes_back_as_it_went_in(backend: Backend) -> None:
    plain = an.lineage(lineage_id="lineage-2", code_challenge=None, code_challenge_method=None, scopes=())
    await backend.apply([AddLineage(plain)])
    assert await lineage_in(backend, "lineage-2") == plain


async def test_a_lineage_id_is_given_once(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddLineage(an.lineage(salt="other"))])
    assert await lineage_in(backend) == an.lineage()


async def test_redeeming_moves_the_head_on_and_says_for_which_request(backend: Backend) -> None:
    await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 9000, "r-1")])
    redeemed = an.lineage(generation=1, rotated_at=T0 + 30, expires_at=T0 + 9000, advanced_by="r-1")
    assert await lineage_in(backend) == redeemed
    await backend.apply([AdvanceLineage("lineage-1", 1, T0 + 60, T0 + 9500, "r-2")])
    rotated = an.lineage(generation=2, rotated_at=T0 + 60, expires_at=T0 + 9500, advanced_by="r-2")
    assert await lineage_in(backend) == rotated


async def test_whoever_comes_too_late_does_not_say_that_it_was_their_request(backend: Backend) -> None:
    await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 9000, "r-1")])
    with pytest.raises(Conflict):
        await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 9000, "r-2")])
    await backend.apply([RevokeLineage("lineage-1", T0 + 40)])
    found = await lineage_in(backend)
    assert found is not None
    assert found.advanced_by == "r-1"


async def test_of_concurrent_exchanges_each_lineage_bears_its_own_request(backend: Backend) -> None:
    names = [f"code-{n}" for n in range(8)]
    await backend.apply([AddLineage(an.lineage(lineage_id=name)) for name in names])
    changes = [AdvanceLineage(name, 0, T0 + 30, T0 + 9000, f"of {name}") for name in names]
    await asyncio.gather(*(backend.apply([change]) for change in changes))
    found = [await lineage_in(backend, name) for name in names]
    assert [each and each.advanced_by for each in found] == [f"of {name}" for name in names]


@pytest.mark.parametrize("generation", [0, 2, -1])
async def test_a_head_that_has_moved_on_is_not_advanced(backend: Backend, generation: int) -> None:
    await backend.apply([advance(0)])
    with pytest.raises(Conflict):
        await backend.apply([advance(generation)])
    assert await generation_in(backend) == 1


async def test_a_lineage_that_is_not_there_is_not_advanced(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([advance(0, "lineage-9")])


async def test_a_revoked_lineage_is_not_advanced(backend: Backend) -> None:
    await backend.apply([RevokeLineage("lineage-1", T0 + 5)])
    with pytest.raises(Conflict):
        await backend.apply([advance(0)])
    assert await lineage_in(backend) == an.lineage(revoked_at=T0 + 5)


async def test_the_first_revocation_of_a_lineage_stands(backend: Backend) -> None:
    await backend.apply([RevokeLineage("lineage-1", T0 + 5)])
    await backend.apply([RevokeLineage("lineage-1", T0 + 9), RevokeLineage("lineage-9", T0)])
    assert await lineage_in(backend) == an.lineage(revoked_at=T0 + 5)


async def outcome_of(attempt: Awaitable[int]) -> bool:
    try:
        await attempt
    except Conflict:
        return False
    return True


async def test_of_64_concurrent_exchanges_of_one_code_exactly_one_wins(backend: Backend) -> None:
    won = await asyncio.gather(*(outcome_of(backend.apply([advance(0)])) for _ in range(64)))
    assert won.count(True) == 1
    assert await generation_in(backend) == 1


async def test_of_64_concurrent_exchanges_only_the_winner_leaves_a_trace(backend: Backend) -> None:
    def exchange(n: int) -> Awaitable[int]:
        return backend.apply([RecordEvent(an.event(event_id=f"exchange-{n}")), advance(0)])

    won = await asyncio.gather(*(outcome_of(exchange(n)) for n in range(64)))
    assert won.count(True) == 1
    events = {event.event_id for event in await backend.audit_events(0, 100)}
    assert events == {"event-1", f"exchange-{won.index(True)}"}


async def test_a_loser_reads_what_the_winner_left(backend: Backend) -> None:
    async def seen_by_a_loser() -> int | None:
        try:
            await backend.apply([advance(0)])
        except Conflict:
            return await generation_in(backend)
        return None

    seen = await asyncio.gather(*(seen_by_a_loser() for _ in range(64)))
    assert seen.count(None) == 1
    assert seen.count(1) == 63


async def test_concurrent_exchanges_of_different_codes_all_win(backend: Backend) -> None:
    await backend.apply([AddLineage(an.lineage(lineage_id=f"code-{n}")) for n in range(64)])
    won = await asyncio.gather(*(outcome_of(backend.apply([advance(0, f"code-{n}")])) for n in range(64)))
    assert all(won)
