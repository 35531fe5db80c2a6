"""A real server for software that we did not write; one a module, since starting takes longer than most tests."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.support.api import Api
from tests.support.real_server import RealServer, serving
from tests.support.server import API_KEY


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
async def api(real_server: RealServer) -> AsyncIterator[Api]:
    """The same server as our own helpers see it: the person's part in what a client begins."""
    async with httpx.AsyncClient(base_url=real_server.origin) as http:
        yield Api(http, API_KEY)
