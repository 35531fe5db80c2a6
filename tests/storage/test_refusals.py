"""The contract: refused requests are kept in small numbers, for those who may see them."""

import pytest
from msgspec.structs import replace
from tests.storage import examples as an
from tests.storage.examples import T0, refused

from grantwell.protocol.changes import AddClient, RemoveClient, RemoveExpired
from grantwell.protocol.refusal_store import RefusalFilter, RefusalView
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.protocol.store import Backend

OURS, ALL = RefusalFilter("org-1"), RefusalFilter("org-2", everywhere=True)
MANY = 1000


async def keep(backend: Backend, *kept: RefusedRequest, of_client: int = MANY, in_all: int = MANY) -> None:
    await backend.keep_refused_requests(kept, of_client, in_all)


async def references(backend: Backend, whose: RefusalFilter = OURS) -> list[str]:
    return [view.refused.reference for view in (await backend.refused_requests(whose, 0, 100))[0]]


async def test_what_is_kept_is_found_with_its_client(backend: Backend) -> None:
    await keep(backend, refused(redirect_uri=None, operation="token"))
    view = RefusalView(refused(redirect_uri=None, operation="token"), an.client())
    assert await backend.refused_request(OURS, "ref-1") == view
    assert await backend.refused_requests(OURS, 0, 10) == ([view], 1)


async def test_it_is_shown_to_the_clients_organization_and_to_whoever_sees_all(backend: Backend) -> None:
    await keep(backend, refused())
    for whose, found in ((OURS, True), (RefusalFilter("org-2"), False), (RefusalFilter(""), False), (ALL, True)):
        assert (await backend.refused_request(whose, "ref-1") is not None) is found
        assert (await backend.refused_requests(whose, 0, 10))[1] == int(found)


async def test_what_names_no_known_client_is_kept_for_nobody(backend: Backend) -> None:
    await keep(backend, refused(client_id="made-up"))
    assert await backend.refused_request(OURS, "ref-1") is None
    assert await backend.refused_request(ALL, "ref-1") == RefusalView(refused(client_id=""), None)


async def test_a_reference_is_written_once(backend: Backend) -> None:
    await keep(backend, refused())
    await keep(backend, refused(reason="other"), refused("ref-2"))
    assert await references(backend) == ["ref-2", "ref-1"]
    view = await backend.refused_request(OURS, "ref-1")
    assert view is not None
    assert view.refused.reason == "redirect_uri_unknown"


async def test_of_each_client_the_newest_are_kept(backend: Backend) -> None:
    await backend.apply([AddClient(an.client(client_id="client-2"))])
    await keep(backend, refused("quiet", client_id="client-2"))
    await keep(backend, *(refused(f"a{second}", at=T0 + second) for second in range(5)), of_client=3)
    await keep(backend, refused("late", at=T0 + 9), of_client=3)
    assert await references(backend) == ["late", "a4", "a3", "quiet"]


async def test_all_made_up_clients_together_have_what_one_has(backend: Backend) -> None:
    await keep(backend, refused("ours"))
    await keep(backend, *(refused(f"a{n}", at=T0 + n, client_id=f"made-up-{n}") for n in range(5)), of_client=2)
    assert await references(backend, ALL) == ["a4", "a3", "ours"]


async def test_in_all_the_newest_are_kept(backend: Backend) -> None:
    await keep(backend, *(refused(f"a{second}", at=T0 + second) for second in range(5)), in_all=2)
    assert await references(backend) == ["a4", "a3"]


@pytest.mark.parametrize(("offset", "limit", "expected"), [(0, 9, "dcba"), (0, 2, "dc"), (2, 2, "ba"), (4, 2, "")])
async def test_they_are_paged_newest_first(backend: Backend, offset: int, limit: int, expected: str) -> None:
    at = {"a": 1, "b": 2, "c": 2, "d": 3}
    await keep(backend, *(refused(name, at=T0 + second) for name, second in at.items()))
    for whose in (OURS, ALL, replace(OURS, client_id="client-1")):
        views, total = await backend.refused_requests(whose, offset, limit)
        assert ("".join(view.refused.reference for view in views), total) == (expected, 4)


async def test_a_list_can_be_of_one_client(backend: Backend) -> None:
    await backend.apply(
        [AddClient(an.client(client_id="client-2")), AddClient(an.client(client_id="c", org_id="org-2"))]
    )
    await keep(backend, refused("a"), refused("b", client_id="client-2"), refused("c", client_id="c"))
    assert await references(backend, replace(OURS, client_id="client-2")) == ["b"]
    # Another organization's, though it is named.
    assert await references(backend, replace(OURS, client_id="c")) == []
    assert await references(backend, replace(ALL, client_id="c")) == ["c"]


async def test_what_was_a_removed_clients_is_seen_by_nobody_but_who_sees_all(backend: Backend) -> None:
    await keep(backend, refused())
    await backend.apply([RemoveClient("client-1", "org-1")])
    assert await backend.refused_request(OURS, "ref-1") is None
    assert await backend.refused_request(ALL, "ref-1") == RefusalView(refused(), None)


async def test_clean_up_takes_what_is_old(backend: Backend) -> None:
    await keep(backend, refused("old"), refused("new", at=T0 + 10))
    assert await backend.apply([RemoveExpired("refused_requests", T0 + 10, 100)]) == 1
    assert await references(backend) == ["new"]


async def test_keeping_nothing_is_nothing(backend: Backend) -> None:
    await keep(backend)
    assert await references(backend) == []
