"""A server that is watched: the real one, with its metrics on an address of their own."""

from collections.abc import Awaitable, Callable

import pytest
from tests.conftest import StartServer
from tests.observability.scraping import Scrape, free_address, scrape
from tests.support.server import Server

Look = Callable[[], Awaitable[Scrape]]


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
async def watched(start_server: StartServer, address: str) -> Server:
    return await start_server(metrics_address=address)


@pytest.fixture
def look(address: str) -> Look:
    """Scrape once."""

    async def look() -> Scrape:
        return await scrape(address)

    return look
