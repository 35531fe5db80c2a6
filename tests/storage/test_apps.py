"""The contract: what a person has allowed is looked up together with the apps."""

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.apps_store import AppView
from grantwell.protocol.changes import AddClient, AddGrant, AdvanceLineage, RemoveClient, RevokeGrant
from grantwell.protocol.store import Backend


async def test_a_grant_is_found_with_its_client_and_its_last_use(backend: Backend) -> None:
    assert await backend.app("user-1", "grant-1") == AppView(an.grant(), an.client(), None)
    await backend.apply([AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 900, "r")])
    view = AppView(an.grant(), an.client(), T0 + 30)
    assert await backend.app("user-1", "grant-1") == view
    assert await backend.apps("user-1", 0, 10) == ([view], 1)


@pytest.mark.parametrize(("user_id", "grant_id"), [("user-2", "grant-1"), ("user-1", "grant-9"), ("", "")])
async def test_it_is_shown_to_its_person_alone(backend: Backend, user_id: str, grant_id: str) -> None:
    assert await backend.app(user_id, grant_id) is None


async def test_somebody_who_has_allowed_nothing_has_an_empty_page(backend: Backend) -> None:
    assert await backend.apps("user-2", 0, 10) == ([], 0)


async def test_what_is_revoked_is_gone(backend: Backend) -> None:
    await backend.apply([RevokeGrant("grant-1", T0 + 5)])
    assert await backend.app("user-1", "grant-1") is None
    assert await backend.apps("user-1", 0, 10) == ([], 0)


async def test_what_was_a_removed_clients_is_gone(backend: Backend) -> None:
    await backend.apply([RemoveClient("client-1", "org-1")])
    assert await backend.app("user-1", "grant-1") is None
    assert await backend.apps("user-1", 0, 10) == ([], 0)


@pytest.mark.parametrize(("offset", "limit", "expected"), [(0, 9, "dcba"), (0, 2, "dc"), (2, 2, "ba"), (4, 2, "")])
async def test_apps_are_paged_newest_first(backend: Backend, offset: int, limit: int, expected: str) -> None:
    await backend.apply([RevokeGrant("grant-1", T0)])
    for name, second in {"a": 1, "b": 2, "c": 2, "d": 3}.items():
        client = an.client(client_id=f"client-{name}", name=name)
        added = an.grant(grant_id=name, client_id=client.client_id, created_at=T0 + second)
        await backend.apply([AddClient(client), AddGrant(added)])
    views, total = await backend.apps("user-1", offset, limit)
    assert ("".join(view.client.name for view in views), total) == (expected, 4)
