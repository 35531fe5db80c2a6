"""What is kept of refusals is bounded everywhere, whoever causes them, and never in anybody's way."""

from collections.abc import Sequence

import pytest
from tests.storage.examples import refused

from grantwell.asgi.refusals import (
    IN_ALL,
    KEPT_IN_ALL,
    KEPT_OF_CLIENT,
    OF_CLIENT,
    OF_CLIENT_AND_NETWORK,
    OF_NETWORK,
    WAITING,
    Refusals,
)
from grantwell.protocol.errors import InvalidGrant, OAuthError
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.protocol.store import Conflict, StorageUnavailable


class Keeper:
    """Remembers what it was given to keep; fails as it is told."""

    def __init__(self) -> None:
        self.kept: list[RefusedRequest] = []
        self.failure: Exception | None = None

    async def keep_refused_requests(self, refused: Sequence[RefusedRequest], of_client: int, in_all: int) -> None:
        assert (of_client, in_all) == (KEPT_OF_CLIENT, KEPT_IN_ALL)
        if self.failure:
            raise self.failure
        self.kept += refused


def error(n: int, client_id: str = "client-1", at: int = 0) -> OAuthError:
    told = InvalidGrant("words", reason="code_replayed")
    told.refused = refused(f"ref-{n}", client_id=client_id, at=at)
    return told


async def written(keeper: Keeper, refusals: Refusals) -> int:
    before = len(keeper.kept)
    await refusals.write()
    return len(keeper.kept) - before


async def test_what_is_noted_is_written_once() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    refusals.note(error(1), "192.0.2.1")
    assert keeper.kept == []
    assert await written(keeper, refusals) == 1
    assert await written(keeper, refusals) == 0


async def test_an_error_that_tells_nothing_is_not_kept() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    refusals.note(InvalidGrant("words", reason="code_replayed"), "192.0.2.1")
    assert await written(keeper, refusals) == 0
    assert refusals.lost == 0


@pytest.mark.parametrize(
    ("networks", "clients", "kept"),
    [(1, 1, OF_CLIENT_AND_NETWORK), (1, 500, OF_NETWORK), (500, 1, OF_CLIENT), (500, 500, IN_ALL)],
)
async def test_a_minute_of_a_flood_is_bounded(networks: int, clients: int, kept: int) -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    for n in range(1000):
        refusals.note(error(n, f"client-{n % clients}"), f"192.0.{n % networks // 250}.{n % networks % 250}")
    assert await written(keeper, refusals) == kept
    assert refusals.lost == 1000 - kept


async def test_a_flood_from_one_network_takes_no_room_from_another() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    for n in range(1000):
        refusals.note(error(n), "192.0.2.1")
    refusals.note(error(1001), "198.51.100.1")
    await refusals.write()
    assert keeper.kept[-1].reference == "ref-1001"


async def test_after_a_minute_there_is_room_again() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    for at in (0, 59, 60):
        for n in range(100):
            refusals.note(error(n, at=at), "192.0.2.1")
    assert await written(keeper, refusals) == 2 * OF_CLIENT_AND_NETWORK


async def test_while_the_database_cannot_be_written_little_waits() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    keeper.failure = StorageUnavailable("full")
    for minute in range(10):
        for n in range(1000):
            refusals.note(error(n, f"client-{n % 500}", at=minute * 60), f"192.0.2.{n % 250}")
        with pytest.raises(StorageUnavailable):
            await refusals.write()
    keeper.failure = None
    assert await written(keeper, refusals) == WAITING


async def test_whoever_else_forgets_at_the_same_moment_is_nobodys_trouble() -> None:
    keeper = Keeper()
    refusals = Refusals(keeper)
    keeper.failure = Conflict()
    refusals.note(error(1), "192.0.2.1")
    await refusals.write()
