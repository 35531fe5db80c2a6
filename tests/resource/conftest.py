"""An authorization server that is really asked over the network, and protected resources that ask it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.support.clock import Clock
from tests.support.databases import DATABASES
from tests.support.server import Server, settings_for

from grantwell.resource import ProtectedResource


class MakeResource(Protocol):
    """Makes a protected resource of the server's, on the test's clock, and closes it with the test."""

    def __call__(self, resource: str = RESOURCE, **options: Any) -> ProtectedResource: ...


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after a first start, to be copied."""
    directory = tmp_path_factory.mktemp("first-start")

    async def start() -> None:
        server = await Server.start(settings_for(directory), DATABASES["sqlite"].open(directory), Clock())
        await server.stop()

    asyncio.run(start())
    return directory


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(first_start: Path, tmp_path: Path, clock: Clock) -> Iterator[AuthorizationServer]:
    shutil.copytree(first_start, tmp_path / "data")
    running = AuthorizationServer(tmp_path / "data", clock)
    yield running
    running.stop()


@pytest.fixture
def make_resource(server: AuthorizationServer, clock: Clock) -> Iterator[MakeResource]:
    made: list[ProtectedResource] = []

    def make(resource: str = RESOURCE, **options: Any) -> ProtectedResource:
        chosen: dict[str, Any] = {"issuer": server.origin, "clock": clock} | options
        made.append(ProtectedResource(resource, **chosen))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def api(make_resource: MakeResource) -> ProtectedResource:
    return make_resource()
