"""The contract: grants, consent decisions and what is looked up for consent."""

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import (
    AddClient,
    AddConsentDecision,
    AddGrant,
    AddLineage,
    AddUser,
    AdvanceLineage,
    RemoveClient,
    ReplaceGrant,
    RevokeGrant,
)
from grantwell.protocol.records import Consented, Grant
from grantwell.protocol.store import Backend, Conflict, ConsentFacts, GrantView


async def living(backend: Backend) -> list[Grant]:
    return [view.grant for view in (await backend.grants("user-1", 0, 100))[0]]


async def test_a_user_has_one_living_grant_for_a_client(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddGrant(an.grant(grant_id="grant-2"))])
    assert await living(backend) == [an.grant()]


async def test_other_users_and_other_clients_have_grants_of_their_own(backend: Backend) -> None:
    await backend.apply([AddClient(an.client(client_id="client-2"))])
    await backend.apply([AddGrant(an.grant(grant_id="grant-2", client_id="client-2"))])
    await backend.apply([AddGrant(an.grant(grant_id="grant-3", user_id="user-2"))])
    assert {grant.grant_id for grant in await living(backend)} == {"grant-1", "grant-2"}


async def test_a_revoked_grant_makes_room_for_a_new_one_and_stays_revoked(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    await backend.apply([AddGrant(an.grant(grant_id="grant-2"))])
    assert await living(backend) == [an.grant(grant_id="grant-2")]
    facts = await backend.redemption("client-1", "lineage-1")
    assert facts.grant_revoked_at == T0 + 5


async def test_a_grant_id_is_given_once(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddGrant(an.grant(user_id="user-2"))])


async def test_there_is_no_grant_for_a_client_that_was_removed_meanwhile(backend: Backend) -> None:
    await backend.apply([RemoveClient("client-1", "org-1")])
    with pytest.raises(Conflict):
        await backend.apply([AddGrant(an.grant(grant_id="grant-2"))])
    assert await living(backend) == []


async def test_replacing_a_grant_sets_scopes_and_consents_at_the_next_revision(backend: Backend) -> None:
    consented = (Consented("https://api.example/", ("read", "write"), "other"), Consented("https://b/", (), "d"))
    wider = an.grant(scopes=("read", "write"), consented=consented, revision=1)
    await backend.apply([ReplaceGrant(wider, seen=0)])
    assert await living(backend) == [wider]


async def test_of_two_consents_that_saw_the_same_revision_the_second_loses(backend: Backend) -> None:
    await backend.apply([ReplaceGrant(an.grant(scopes=("write",)), seen=0)])
    with pytest.raises(Conflict):
        await backend.apply([ReplaceGrant(an.grant(scopes=("admin",)), seen=0)])
    assert [grant.scopes for grant in await living(backend)] == [("write",)]


async def test_a_revoked_grant_is_never_replaced(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    with pytest.raises(Conflict):
        await backend.apply([ReplaceGrant(an.grant(), seen=0)])


async def test_the_first_revocation_of_a_grant_stands(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    await backend.apply([RevokeGrant("grant-1", T0 + 9), RevokeGrant("grant-9", T0)])
    assert (await backend.redemption("client-1", "lineage-1")).grant_revoked_at == T0 + 5


async def test_a_grant_is_shown_to_its_user_while_it_lives(backend: Backend) -> None:
    assert await backend.grant("user-1", "grant-1") == GrantView(an.grant(), None)
    assert await backend.grant("user-2", "grant-1") is None
    assert await backend.grant("user-1", "grant-9") is None
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    assert await backend.grant("user-1", "grant-1") is None


async def test_a_grant_was_last_used_when_one_of_its_lineages_was_redeemed_or_rotated(backend: Backend) -> None:
    await backend.apply([AddLineage(an.lineage(lineage_id="lineage-2", rotated_at=T0 + 500))])
    assert await backend.grant("user-1", "grant-1") == GrantView(an.grant(), None)
    await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 900, "r")])
    assert await backend.grant("user-1", "grant-1") == GrantView(an.grant(), T0 + 30)
    await backend.apply([AdvanceLineage("lineage-2", 0, T0 + 20, T0 + 900, "r")])
    await backend.apply([AdvanceLineage("lineage-2", 1, T0 + 40, T0 + 900, "r")])
    assert await backend.grants("user-1", 0, 10) == ([GrantView(an.grant(), T0 + 40)], 1)


@pytest.mark.parametrize(("offset", "limit", "expected"), [(0, 9, "dcba"), (0, 2, "dc"), (2, 2, "ba"), (4, 2, "")])
async def test_grants_are_paged_newest_first_with_the_total_of_the_living(
    backend: Backend, offset: int, limit: int, expected: str
) -> None:
    await backend.apply([RevokeGrant("grant-1", T0)])
    for name, second in {"a": 1, "b": 2, "c": 2, "d": 3, "x": 4}.items():
        client = an.client(client_id=f"client-{name}")
        added = an.grant(grant_id=name, client_id=client.client_id, created_at=T0 + second)
        await backend.apply([AddClient(client), AddGrant(added)])
    await backend.apply([RevokeGrant("x", T0 + 5)])
    views, total = await backend.grants("user-1", offset, limit)
    assert ("".join(view.grant.grant_id for view in views), total) == (expected, 4)


async def test_a_user_without_grants_has_an_empty_page(backend: Backend) -> None:
    assert await backend.grants("user-2", 0, 10) == ([], 0)


async def test_a_consent_token_is_decided_once(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddConsentDecision(an.decision(user_id="user-2", allowed=False, lineage_id=None))])
    facts = await backend.consent("consent-1", "client-1", "user-1")
    assert facts.decision == an.decision()


async def test_the_facts_about_a_consent_are_client_user_grant_decision_and_what_it_began(backend: Backend) -> None:
    expected = ConsentFacts(an.client(), an.user(), an.grant(), an.decision(), an.lineage())
    assert await backend.consent("consent-1", "client-1", "user-1") == expected


async def test_an_undecided_consent_has_no_decision_and_no_lineage(backend: Backend) -> None:
    expected = ConsentFacts(an.client(), an.user(), an.grant(), None, None)
    assert await backend.consent("consent-2", "client-1", "user-1") == expected


async def test_a_denial_began_nothing(backend: Backend) -> None:
    denied = an.decision(consent_id="consent-2", allowed=False, lineage_id=None)
    await backend.apply([AddConsentDecision(denied)])
    assert await backend.consent("consent-2", "client-1", "user-1") == ConsentFacts(
        an.client(), an.user(), an.grant(), denied, None
    )


async def test_a_consent_finds_the_decision_of_another_user_but_not_that_users_grant(backend: Backend) -> None:
    other = an.user(user_id="user-2", email="ben@example.com")
    await backend.apply([AddUser(other)])
    expected = ConsentFacts(an.client(), other, None, an.decision(), an.lineage())
    assert await backend.consent("consent-1", "client-1", "user-2") == expected


async def test_a_revoked_grant_does_not_stand_for_a_new_consent(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    assert (await backend.consent("consent-1", "client-1", "user-1")).grant is None


async def test_a_consent_about_nothing_known_has_no_facts(backend: Backend) -> None:
    assert await backend.consent("", "", "") == ConsentFacts(None, None, None, None, None)
