"""A server that records, and each client in turn against it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tests.sdk.clients import KINDS, Both
from tests.sdk.recording_server import RecordingServer, serving

from grantwell.sdk import async_connection, connection

API_KEY = "gw_key_of_the_tests"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL"):
        monkeypatch.delenv(f"GRANTWELL_{name}", raising=False)
        monkeypatch.delenv(f"TELNYX_{name}", raising=False)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with serving() as server:
        yield server


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(server: RecordingServer, kind: str) -> Iterator[Callable[..., Both]]:
    """Makes clients of the server, of one kind."""
    made: list[Both] = []

    def client(**arguments: Any) -> Both:
        made.append(KINDS[kind](**{"api_key": API_KEY, "base_url": server.base_url} | arguments))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def both(make: Callable[..., Both]) -> Both:
    return make()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the clients meant to wait before each retry, in seconds; they do not."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(connection, "time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr(async_connection, "asyncio", SimpleNamespace(sleep=wait))
    return waited
