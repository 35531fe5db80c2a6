"""The contract: changes are made together or not at all, and any text is only text."""

from typing import Any

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0, advance

from grantwell.protocol.changes import (
    AddClient,
    AddConsentDecision,
    AddGrant,
    AddLineage,
    AddOrganization,
    AddUser,
    AuthorizeClient,
    Change,
    RecordEvent,
    RemoveClient,
    ReplaceClient,
    ReplaceGrant,
    RevokeAccessToken,
)
from grantwell.protocol.store import Backend, ClientFilter, Conflict

LOSING: list[Change] = [
    AddOrganization(an.organization(org_id="org-2")),
    AddUser(an.user(user_id="user-2")),
    AddClient(an.client()),
    ReplaceClient(an.client(), seen=5),
    RemoveClient("client-9", "org-1"),
    AddGrant(an.grant(grant_id="grant-2")),
    ReplaceGrant(an.grant(), seen=5),
    AddConsentDecision(an.decision()),
    advance(3),
]


@pytest.mark.parametrize("losing", LOSING, ids=lambda change: type(change).__name__)
@pytest.mark.parametrize("position", [0, 1, 2])
async def test_one_lost_race_undoes_the_whole_list(backend: Backend, losing: Change, position: int) -> None:
    winning: list[Change] = [
        AddLineage(an.lineage(lineage_id="lineage-2")),
        RevokeAccessToken("jti-1", T0),
        RecordEvent(an.event(event_id="event-2")),
    ]
    with pytest.raises(Conflict):
        await backend.apply([*winning[:position], losing, *winning[position:]])
    assert await an.lineage_in(backend, "lineage-2") is None
    assert (await backend.token("", "", "", "", "jti-1")).revoked_jti is None
    assert await backend.audit_events(0, 100) == [an.event()]


async def test_a_list_without_a_lost_race_is_made_whole(backend: Backend) -> None:
    await backend.apply([advance(0), RevokeAccessToken("jti-1", T0), RecordEvent(an.event(event_id="event-2"))])
    assert await an.generation_in(backend) == 1
    assert (await backend.token("", "", "", "", "jti-1")).revoked_jti == "jti-1"
    assert len(await backend.audit_events(0, 100)) == 2


async def test_changes_are_made_in_their_order(backend: Backend) -> None:
    await backend.apply([advance(0), advance(1), advance(2)])
    assert await an.generation_in(backend) == 3
    with pytest.raises(Conflict):
        await backend.apply([advance(4), advance(3)])
    assert await an.generation_in(backend) == 3


async def test_a_backend_works_on_after_a_lost_race(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([advance(3)])
    await backend.apply([advance(0)])
    assert await an.generation_in(backend) == 1


async def test_no_changes_are_no_trouble(backend: Backend) -> None:
    await backend.apply([])
    await backend.apply(())
    await backend.check()


HOSTILE = [
    "'; DROP TABLE clients; --",
    '" OR ""="',
    "Robert'); DELETE FROM users WHERE ('1'='1",
    "?1 $1 :name @name #{x} {client}",
    "%_!\\",
    "emoji \U0001f600, combining a\u0308, right-to-left \u202e, zero width \u200b",
    "line\nbreak\r\ttab",
    "\ufeff",
    "NULL",
    "0",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_comes_back_as_it_went_in(backend: Backend, text: str) -> None:
    fields: dict[str, Any] = {"name": text, "allowed_scopes": (text,), "redirect_uris": (text, text), "logo_uri": text}
    written = an.client(client_id=f"id {text}", **fields)
    await backend.apply([AddClient(written), RecordEvent(an.event(event_id="event-2", detail=text, subject=text))])
    assert await backend.client(f"id {text}") == written
    assert (await backend.audit_events(0, 9))[-1].detail == text
    assert await backend.client("client-1") == an.client()


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_can_be_looked_for(backend: Backend, text: str) -> None:
    assert await backend.client(text) is None
    assert await backend.api_key(text) is None
    assert await backend.session(text) is None
    assert await backend.user_by_email(text) is None
    assert await backend.managed_client(text, text) is None
    assert await backend.grant(text, text) is None
    assert (await backend.redemption(text, text)).lineage is None
    assert (await backend.token(text, text, text, text, text)).client_org_id is None
    await backend.apply([AddClient(an.client(client_id="client-2", name=f"<{text}>"))])
    found, total = await backend.clients("org-1", ClientFilter(name_contains=f"<{text}>"), 0, 10)
    assert ([each.client_id for each in found], total) == (["client-2"], 1)
    found, total = await backend.clients("org-1", ClientFilter(name=f"<{text}>"), 0, 10)
    assert ([each.client_id for each in found], total) == (["client-2"], 1)


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_can_name_what_is_to_be_changed(backend: Backend, text: str) -> None:
    for losing in (advance(0, text), RemoveClient(text, text)):
        with pytest.raises(Conflict):
            await backend.apply([losing])
    await backend.apply([RevokeAccessToken(text, T0), AuthorizeClient(text, T0)])
    assert await backend.client("client-1") == an.client()
