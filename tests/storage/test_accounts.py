"""The contract: organizations, users, API keys, sessions, signing keys and the audit log."""

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import (
    AddApiKey,
    AddOrganization,
    AddSigningKey,
    AddUser,
    RecordEvent,
    RevokeApiKey,
    RevokeSigningKey,
)
from grantwell.protocol.people_changes import AddSession, EndSession
from grantwell.protocol.store import ApiKeyFacts, Backend, Conflict, SessionFacts


async def test_a_database_is_empty_until_it_has_a_user(empty: Backend) -> None:
    await empty.apply([AddOrganization(an.organization())])
    assert await empty.is_empty()
    await empty.apply([AddUser(an.user())])
    assert not await empty.is_empty()


async def test_an_organization_is_found_by_its_exact_name(backend: Backend) -> None:
    assert await backend.organization_by_name("Acme") == an.organization()
    assert await backend.organization_by_name("acme") is None


async def test_of_two_organizations_with_one_name_only_the_first_is_made(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddOrganization(an.organization(org_id="org-2"))])


async def test_a_user_is_found_by_email_in_any_case(empty: Backend) -> None:
    written = an.user(email="Änn@Example.COM")
    await empty.apply([AddUser(written)])
    assert await empty.user_by_email("änN@example.com") == written
    assert await empty.user_by_email("ann@example.com") is None


async def test_an_email_address_is_taken_whatever_its_case(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddUser(an.user(user_id="user-2", email="ANN@example.com"))])
    await backend.apply([AddUser(an.user(user_id="user-2", email="ben@example.com"))])


async def test_users_come_with_their_organizations_oldest_first(backend: Backend) -> None:
    other, homeless = an.organization(org_id="org-2", name="Other"), an.user(user_id="user-8", email="b@c", org_id="-")
    earlier = an.user(user_id="user-7", email="a@c", org_id="org-2", created_at=T0 - 1)
    await backend.apply([AddOrganization(other), AddUser(homeless), AddUser(earlier)])
    assert await backend.users() == [(earlier, other), (an.user(), an.organization())]


async def test_an_api_key_is_found_by_its_hash_with_its_user(backend: Backend) -> None:
    assert await backend.api_key("hash-1") == ApiKeyFacts(an.api_key(), an.user())
    assert await backend.api_key("hash-2") is None


async def test_an_api_key_of_nobody_is_not_found(backend: Backend) -> None:
    await backend.apply([AddApiKey(an.api_key(api_key_id="key-2", key_hash="hash-2", user_id="user-9"))])
    assert await backend.api_key("hash-2") is None


async def test_two_api_keys_never_share_a_hash(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddApiKey(an.api_key(api_key_id="key-2"))])


async def test_the_first_revocation_of_an_api_key_stands(backend: Backend) -> None:
    await backend.apply([RevokeApiKey("key-1", "org-1", T0 + 5)])
    await backend.apply([RevokeApiKey("key-1", "org-1", T0 + 9)])
    assert await backend.api_keys(None) == [an.api_key(revoked_at=T0 + 5)]


async def test_another_organization_cannot_revoke_an_api_key(backend: Backend) -> None:
    await backend.apply([RevokeApiKey("key-1", "org-2", T0 + 5)])
    assert await backend.api_keys(None) == [an.api_key()]


async def test_api_keys_are_listed_for_one_organization_or_for_all(backend: Backend) -> None:
    mine, earlier, foreign = (
        an.api_key(),
        an.api_key(api_key_id="key-0", key_hash="hash-0", created_at=T0 - 1, expires_at=T0),
        an.api_key(api_key_id="key-3", key_hash="hash-3", org_id="org-2", last_used_at=T0),
    )
    await backend.apply([AddApiKey(foreign), AddApiKey(earlier)])
    assert await backend.api_keys("org-1") == [earlier, mine]
    assert await backend.api_keys(None) == [earlier, mine, foreign]


async def test_a_session_is_found_by_its_hash_with_its_user_when_ended_too(backend: Backend) -> None:
    assert await backend.session("session-hash-1") == SessionFacts(an.session(), an.user())
    await backend.apply([EndSession("session-1", T0 + 5)])
    await backend.apply([EndSession("session-1", T0 + 9), EndSession("session-9", T0)])
    assert await backend.session("session-hash-1") == SessionFacts(an.session(ended_at=T0 + 5), an.user())
    assert await backend.session("session-1") is None


async def test_two_sessions_never_share_a_hash(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddSession(an.session(session_id="session-2"))])


async def test_signing_keys_come_oldest_first(backend: Backend) -> None:
    second, third = an.signing_key(kid="b", sequence=2), an.signing_key(kid="a", sequence=3)
    await backend.apply([AddSigningKey(third)])
    await backend.apply([AddSigningKey(second)])
    assert await backend.signing_keys() == [an.signing_key(), second, third]


async def test_of_two_processes_that_rotate_at_once_one_wins(backend: Backend) -> None:
    await backend.apply([AddSigningKey(an.signing_key(kid="kid-2", sequence=2))])
    with pytest.raises(Conflict):
        await backend.apply([AddSigningKey(an.signing_key(kid="kid-3", sequence=2))])
    assert [key.kid for key in await backend.signing_keys()] == ["kid-1", "kid-2"]


async def test_the_first_revocation_of_a_signing_key_stands(backend: Backend) -> None:
    await backend.apply([RevokeSigningKey("kid-1", T0 + 5)])
    await backend.apply([RevokeSigningKey("kid-1", T0 + 9), RevokeSigningKey("kid-9", T0)])
    assert await backend.signing_keys() == [an.signing_key(revoked_at=T0 + 5)]


async def test_audit_events_come_oldest_first_from_a_time_on(empty: Backend) -> None:
    events = [an.event(event_id=f"event-{n}", at=T0 + n // 2, detail=f"n={n}") for n in range(6)]
    await empty.apply([RecordEvent(each) for each in reversed(events)])
    assert await empty.audit_events(0, 100) == events
    assert await empty.audit_events(T0 + 1, 100) == events[2:]


async def test_where_there_are_too_many_audit_events_the_newest_are_given(empty: Backend) -> None:
    events = [an.event(event_id=f"event-{n}", at=T0 + n) for n in range(6)]
    await empty.apply([RecordEvent(each) for each in events])
    assert await empty.audit_events(T0 + 1, 3) == events[3:]
    assert await empty.audit_events(T0, 0) == []
