"""The server under test, for whole conversations: in process, on each database, with the clock in the test's hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from tests.support.clock import Clock
from tests.support.databases import DATABASES, Database
from tests.support.profiles import load_profile
from tests.support.server import Server, settings_for

from grantwell.asgi.event import Event
from grantwell.protocol.store import Backend


class StartServer(Protocol):
    """Starts a server that ends with the test: one at a time on a database, or several on one `backend`.

    The first one finds what a first start has made, unless it is to make that itself: `fresh`.
    """

    async def __call__(self, **settings: Any) -> Server: ...


class Installation(NamedTuple):
    """A data directory after its first start."""

    database: Database
    directory: Path


def pytest_configure(config: pytest.Config) -> None:
    load_profile()
    config.addinivalue_line("markers", "requirement(id): proves a row of tests/requirements")


@pytest.fixture(scope="session", params=DATABASES)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Made once, and copied for each test: a first start takes longer than most tests."""
    database, directory = DATABASES[request.param], tmp_path_factory.mktemp("installation")

    async def first_start() -> None:
        server = await Server.start(settings_for(directory), database.open(directory), Clock())
        await server.stop()

    asyncio.run(first_start())
    return Installation(database, directory)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def is_unexplained(event: Event) -> bool:
    """Whether somebody was refused without a reason; of a file a part can be asked for that it does not have."""
    return event.status >= 400 and event.reason in ("", "page_refused") and not event.path.startswith("/static/")


@pytest.fixture
async def start_server(tmp_path: Path, clock: Clock, installation: Installation) -> AsyncIterator[StartServer]:
    running: list[Server] = []
    directory = tmp_path / "data"

    async def start(
        *, backend: Backend | None = None, own_clock: Clock | None = None, fresh: bool = False, **more: Any
    ) -> Server:
        beside = {name: more.pop(name) for name in ("sink", "address") if name in more}
        if not fresh and not directory.exists():
            installation.database.copy(installation.directory, directory)
        directory.mkdir(exist_ok=True)
        opened = backend or installation.database.open(directory)
        running.append(await Server.start(settings_for(directory, **more), opened, own_clock or clock, **beside))
        return running[-1]

    yield start
    for each in reversed(running):
        await each.stop()
    assert [event for each in running for event in each.events if is_unexplained(event)] == []


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    return await start_server()
