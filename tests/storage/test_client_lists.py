"""The contract: pages of clients, newest first, with every filter."""

import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import AddClient, ReplaceClient
from grantwell.protocol.store import Backend, ClientFilter

ALL = ClientFilter()


@pytest_asyncio.fixture
async def many(empty: Backend) -> Backend:
    """Seven clients of org-1, two of them of the same second, and one of another organization."""
    seconds = {"c": 1, "a": 2, "b": 2, "d": 3, "e": 4, "f": 5, "g": 6}
    clients = [an.client(client_id=name, created_at=T0 + second) for name, second in seconds.items()]
    await empty.apply([AddClient(each) for each in clients])
    await empty.apply([AddClient(an.client(client_id="z", org_id="org-2", created_at=T0 + 9))])
    return empty


async def page(backend: Backend, chosen: ClientFilter, offset: int = 0, limit: int = 100) -> tuple[str, int]:
    clients, total = await backend.clients("org-1", chosen, offset, limit)
    return "".join(each.client_id for each in clients), total


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [
        (0, 100, "gfedbac"),
        (0, 3, "gfe"),
        (3, 3, "dba"),
        (6, 3, "c"),
        (7, 3, ""),
        (10**30, 3, ""),
        (0, 10**30, "gfedbac"),
        (0, 0, ""),
    ],
)
async def test_a_page_has_the_newest_first_and_the_total_of_all(
    many: Backend, offset: int, limit: int, expected: str
) -> None:
    assert await page(many, ALL, offset, limit) == (expected, 7)


async def test_an_organization_without_clients_has_an_empty_page(many: Backend) -> None:
    assert await many.clients("org-3", ALL, 0, 10) == ([], 0)


async def test_the_clients_of_a_page_are_whole(many: Backend) -> None:
    clients, _ = await many.clients("org-2", ALL, 0, 10)
    assert list(clients) == [an.client(client_id="z", org_id="org-2", created_at=T0 + 9)]


@pytest_asyncio.fixture
async def mixed(empty: Backend) -> Backend:
    await empty.apply(
        [
            AddClient(an.client(client_id="a", created_at=T0, name="Fleet")),
            AddClient(an.client(client_id="b", created_at=T0 + 1, name="fleet", client_type="public")),
            AddClient(an.client(client_id="c", created_at=T0 + 2, name="Größe 100%", verified=True)),
            AddClient(
                an.client(client_id="d", created_at=T0 + 3, name="a_b!c", allowed_grant_types=("client_credentials",))
            ),
            AddClient(an.client(client_id="e", created_at=T0 + 4, name="My Fleet", allowed_grant_types=())),
        ]
    )
    return empty


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ClientFilter(client_type="public"), "b"),
        (ClientFilter(client_type="confidential"), "edca"),
        (ClientFilter(client_type="other"), ""),
        (ClientFilter(verified=True), "c"),
        (ClientFilter(verified=False), "edba"),
        (ClientFilter(grant_type="authorization_code"), "cba"),
        (ClientFilter(grant_type="refresh_token"), "cba"),
        (ClientFilter(grant_type="client_credentials"), "d"),
        (ClientFilter(grant_type="unheard_of"), ""),
        (ClientFilter(name="Fleet"), "a"),
        (ClientFilter(name="FLEET"), ""),
        (ClientFilter(name=""), ""),
        (ClientFilter(name_contains="FLEET"), "eba"),
        (ClientFilter(name_contains="GRÖSSE"), "c"),
        (ClientFilter(name_contains="größe"), "c"),
        (ClientFilter(name_contains=""), "edcba"),
        (ClientFilter(name_contains="%"), "c"),
        (ClientFilter(name_contains="0%"), "c"),
        (ClientFilter(name_contains="_"), "d"),
        (ClientFilter(name_contains="a_b"), "d"),
        (ClientFilter(name_contains="!"), "d"),
        (ClientFilter(name_contains="!c"), "d"),
        (ClientFilter(name_contains="f%t"), ""),
        (ClientFilter(name_contains="fl__t"), ""),
        (ClientFilter(name_contains="\\"), ""),
        (ClientFilter(client_id="c"), "c"),
        (ClientFilter(client_id="C"), ""),
        (ClientFilter(name_contains="fleet", client_type="confidential"), "ea"),
        (ClientFilter(name_contains="fleet", client_type="confidential", name="Fleet"), "a"),
        (ClientFilter(verified=True, client_type="public"), ""),
    ],
    ids=repr,
)
async def test_each_filter_narrows_page_and_total_alike(mixed: Backend, chosen: ClientFilter, expected: str) -> None:
    assert await page(mixed, chosen) == (expected, len(expected))


async def test_a_page_of_a_narrowed_list_counts_all_that_fit(mixed: Backend) -> None:
    assert await page(mixed, ClientFilter(client_type="confidential"), 1, 2) == ("dc", 4)


async def test_a_filter_longer_than_any_name_finds_nothing(mixed: Backend) -> None:
    assert await page(mixed, ClientFilter(name_contains="x" * 100_000)) == ("", 0)
    assert await page(mixed, ClientFilter(name_contains="%" * 60_000)) == ("", 0)


async def test_filters_follow_an_update(mixed: Backend) -> None:
    renamed = an.client(client_id="a", name="Yacht", allowed_grant_types=("client_credentials",))
    await mixed.apply([ReplaceClient(renamed, seen=0)])
    assert await page(mixed, ClientFilter(name_contains="yacht", grant_type="client_credentials")) == ("a", 1)
    assert await page(mixed, ClientFilter(name_contains="fleet")) == ("eb", 2)
