"""Real servers under real traffic, and what a production does to them."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.api import Api
from tests.support.postgresql import cluster
from tests.support.real_server import RealServer
from tests.support.server import API_KEY
from tests.support.traffic import Traffic

from grantwell.storage.postgresql import PostgresqlBackend

Start = Callable[..., RealServer]


@pytest.fixture
def url() -> str:
    """The address of a database with this release's schema and nothing in it."""
    return cluster().database_for(object())


@pytest.fixture
def secret() -> str:
    return os.urandom(32).hex()


@pytest.fixture
def start(tmp_path: Path, url: str, secret: str) -> Iterator[Start]:
    """Starts a server on the database; it ends with the test."""
    running: list[RealServer] = []

    def begin(**settings: str) -> RealServer:
        given = {"database_url": url, "secret": secret} | settings
        environment = {f"GRANTWELL_{name.upper()}": value for name, value in given.items()}
        running.append(RealServer(tmp_path, **environment))
        return running[-1]

    yield begin
    for server in running:
        server.stop()


@asynccontextmanager
async def traffic_on(server: RealServer) -> AsyncIterator[Traffic]:
    """Traffic on a running server, which has been asked for nothing yet."""
    async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
        api = Api(http, API_KEY)
        async with Traffic(api, await api.make_client()) as traffic:
            yield traffic


@pytest.fixture
async def backend(url: str) -> AsyncIterator[PostgresqlBackend]:
    """What is really in the database."""
    backend = PostgresqlBackend(url)
    yield backend
    await backend.close()
