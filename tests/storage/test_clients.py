"""The contract: clients, and what goes with them."""

from typing import Any

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import (
    AddClient,
    AddGrant,
    AddLineage,
    AuthorizeClient,
    RemoveClient,
    RemoveLeftovers,
    ReplaceClient,
)
from grantwell.protocol.outcome import Use
from grantwell.protocol.records import Client
from grantwell.protocol.store import Backend, Conflict


async def test_a_client_comes_back_as_it_went_in(backend: Backend) -> None:
    full = an.client(
        client_id="client-2",
        client_type="public",
        allowed_scopes=(),
        allowed_grant_types=("client_credentials",),
        redirect_uris=("https://a.example/cb", "http://127.0.0.1/cb"),
        require_pkce=False,
        logo_uri="https://a.example/logo",
        tos_uri="https://a.example/tos",
        verified=True,
        enabled=False,
        valid_after=T0 + 1,
        secret_hash=None,
        secret_last_used_at=T0 + 2,
        older_secret_hash="older",
        older_secret_expires_at=T0 + 3,
        older_secret_last_used_at=T0 + 4,
        revision=7,
        updated_at=T0 + 5,
        last_used_at=T0 + 6,
        authorized_at=T0 + 7,
    )
    await backend.apply([AddClient(full)])
    assert await backend.client("client-2") == full
    assert await backend.authenticating_client("client-2") == an.authenticating(full)
    assert await backend.authenticating_client("client-9") is None
    assert await backend.client("client-1") == an.client()


async def test_an_unknown_client_is_none(backend: Backend) -> None:
    assert await backend.client("client-9") is None
    assert await backend.client("") is None


async def test_a_client_is_managed_by_its_own_organization_only(backend: Backend) -> None:
    assert await backend.managed_client("org-1", "client-1") == an.client()
    assert await backend.managed_client("org-2", "client-1") is None
    assert await backend.managed_client("org-1", "client-9") is None


async def test_a_client_id_is_given_once(backend: Backend) -> None:
    with pytest.raises(Conflict):
        await backend.apply([AddClient(an.client(name="Impostor"))])
    assert await backend.client("client-1") == an.client()


CHANGED: dict[str, Any] = {
    "user_id": "user-2",
    "name": "Renamed Ärger",
    "client_type": "public",
    "token_endpoint_auth_method": "none",
    "allowed_scopes": ("admin",),
    "allowed_grant_types": ("client_credentials",),
    "redirect_uris": (),
    "require_pkce": False,
    "logo_uri": "https://b.example/logo",
    "policy_uri": None,
    "tos_uri": "https://b.example/tos",
    "verified": True,
    "enabled": False,
    "valid_after": T0 + 1,
    "secret_hash": "secret-2",
    "secret_last_used_at": None,
    "older_secret_hash": "secret-0",
    "older_secret_expires_at": T0 + 600,
    "older_secret_last_used_at": T0 + 3,
    "revision": 1,
    "updated_at": T0 + 5,
}


async def test_replacing_a_client_sets_all_that_can_change(backend: Backend) -> None:
    changed = an.client(**CHANGED)
    await backend.apply([ReplaceClient(changed, seen=0)])
    assert await backend.client("client-1") == changed


async def test_replacing_a_client_leaves_what_others_note_beside(backend: Backend) -> None:
    await backend.apply([AuthorizeClient("client-1", T0 + 1)])
    await backend.note_uses([Use("client_secret", "client-1", T0 + 3, "secret-1")])
    stale = an.client(name="Renamed", origin="registration", created_at=1)
    await backend.apply([ReplaceClient(stale, seen=0)])
    assert await backend.client("client-1") == an.client(
        name="Renamed", revision=1, authorized_at=T0 + 1, last_used_at=T0 + 3, secret_last_used_at=T0 + 3
    )


async def test_a_new_secret_begins_unused_and_the_older_keeps_its_last_use(backend: Backend) -> None:
    rotated = an.client(secret_hash="secret-2", older_secret_hash="secret-1", older_secret_expires_at=T0 + 600)
    # Noted after the client was looked at, and before it is replaced.
    await backend.note_uses([Use("client_secret", "client-1", T0 + 3, "secret-1")])
    await backend.apply([ReplaceClient(rotated, seen=0)])
    assert await last_uses_in(backend) == (None, T0 + 3)
    await backend.note_uses([Use("client_secret", "client-1", T0 + 8, "secret-1")])
    await backend.apply([ReplaceClient(rotated, seen=1)])
    assert await last_uses_in(backend) == (None, T0 + 8)
    await backend.apply([ReplaceClient(an.client(secret_hash="secret-3", older_secret_hash="secret-2"), seen=2)])
    assert await last_uses_in(backend) == (None, None)


async def test_a_use_that_is_written_after_a_rotation_is_still_that_of_the_secret_which_was_used(
    backend: Backend,
) -> None:
    await backend.apply([ReplaceClient(an.client(secret_hash="secret-2", older_secret_hash="secret-1"), seen=0)])
    await backend.note_uses([Use("client_secret", "client-1", T0 + 3, "secret-1")])
    assert await last_uses_in(backend) == (None, T0 + 3)


async def last_uses_in(backend: Backend) -> tuple[int | None, int | None]:
    """When the newest secret of the first client was used last, and when the older one."""
    found = await backend.client("client-1")
    assert found is not None
    return found.secret_last_used_at, found.older_secret_last_used_at


async def test_of_two_updates_that_saw_the_same_revision_the_second_loses(backend: Backend) -> None:
    await backend.apply([ReplaceClient(an.client(name="First"), seen=0)])
    with pytest.raises(Conflict):
        await backend.apply([ReplaceClient(an.client(name="Second"), seen=0)])
    found = await backend.client("client-1")
    assert found is not None
    assert (found.name, found.revision) == ("First", 1)


@pytest.mark.parametrize("stranger", [{"org_id": "org-2"}, {"client_id": "client-9"}])
async def test_nobody_replaces_a_client_of_another_organization_or_none(
    backend: Backend, stranger: dict[str, Any]
) -> None:
    with pytest.raises(Conflict):
        await backend.apply([ReplaceClient(an.client(name="Stolen", **stranger), seen=0)])
    assert await backend.client("client-1") == an.client()


async def test_the_first_authorization_of_a_client_stands(backend: Backend) -> None:
    await backend.apply([AuthorizeClient("client-1", T0 + 5)])
    await backend.apply([AuthorizeClient("client-1", T0 + 9), AuthorizeClient("client-9", T0)])
    assert await backend.client("client-1") == an.client(authorized_at=T0 + 5)


OTHERS = (
    an.grant(grant_id="grant-2", client_id="client-2"),
    an.lineage(lineage_id="lineage-2", grant_id="grant-2", client_id="client-2"),
)


async def remove_client(backend: Backend) -> None:
    """Remove one of two clients that a user has allowed something."""
    grant, lineage = OTHERS
    await backend.apply([AddClient(an.client(client_id="client-2")), AddGrant(grant), AddLineage(lineage)])
    assert await backend.apply([RemoveClient("client-1", "org-1")]) == 2


async def test_nobody_sees_a_removed_client_nor_its_grants(backend: Backend) -> None:
    await remove_client(backend)
    assert await backend.client("client-1") is None
    assert await backend.grant("user-1", "grant-1") is None
    assert await backend.app("user-1", "grant-1") is None
    found, total = await backend.grants("user-1", 0, 9)
    assert ([view.grant for view in found], total) == ([OTHERS[0]], 1)
    apps, total = await backend.apps("user-1", 0, 9)
    assert ([view.grant for view in apps], total) == ([OTHERS[0]], 1)
    assert (await backend.belongings("user-1", T0)).grants == 1


async def test_what_a_removed_client_has_left_goes_and_nothing_of_others(backend: Backend) -> None:
    await remove_client(backend)
    # Its lineage, its grant, and the note that there is something left.
    assert await backend.apply([RemoveLeftovers(10)]) == 3
    assert await backend.apply([RemoveLeftovers(10)]) == 0
    assert await an.lineage_in(backend) is None
    assert (await backend.consent("", "client-1", "user-1")).grant is None
    assert await an.lineage_in(backend, "lineage-2") == OTHERS[1]
    assert (await backend.consent("", "client-2", "user-1")).grant == OTHERS[0]


async def test_however_much_a_removed_client_has_left_it_goes_in_batches(backend: Backend) -> None:
    users = [f"user-{n}" for n in range(2, 9)]
    await backend.apply([AddGrant(an.grant(grant_id=user, user_id=user)) for user in users])
    lineages = [an.lineage(lineage_id=f"{user} {n}", grant_id=user) for user in users for n in range(3)]
    await backend.apply([AddLineage(each) for each in lineages])
    await backend.apply([RemoveClient("client-1", "org-1")])
    taken: list[int] = []
    while not taken or taken[-1]:
        taken.append(await backend.apply([RemoveLeftovers(4)]))
    assert sum(taken) == 1 + len(users) + 1 + len(lineages) + 1
    assert max(taken) <= 9
    assert (await backend.consent("", "client-1", "user-8")).grant is None


async def test_of_clients_that_are_there_nothing_is_left_over(backend: Backend) -> None:
    assert await backend.apply([RemoveLeftovers(10)]) == 0
    assert await an.lineage_in(backend) == an.lineage()


@pytest.mark.parametrize(("client_id", "org_id"), [("client-9", "org-1"), ("client-1", "org-2")])
async def test_removing_a_client_that_is_not_there_is_a_conflict(backend: Backend, client_id: str, org_id: str) -> None:
    with pytest.raises(Conflict):
        await backend.apply([RemoveClient(client_id, org_id)])
    assert await backend.client("client-1") == an.client()
    assert await an.lineage_in(backend) == an.lineage()


async def test_a_client_is_removed_once(backend: Backend) -> None:
    await backend.apply([RemoveClient("client-1", "org-1")])
    with pytest.raises(Conflict):
        await backend.apply([RemoveClient("client-1", "org-1")])


async def test_all_clients_are_listed_newest_first_across_organizations(empty: Backend) -> None:
    clients: list[Client] = [
        an.client(client_id=f"client-{n}", org_id=f"org-{n % 2}", created_at=T0 + n) for n in range(5)
    ]
    await empty.apply([AddClient(each) for each in clients])
    assert await empty.all_clients(3) == [clients[4], clients[3], clients[2]]
