"""Calls that are under way together go step by step, and nobody's step stops another one's."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from benchmarks.prepare import USER, a_client, context_of
from benchmarks.servers import CLIENT, SECRET
from tests.support.connections import Transport, connected, until_idle
from uvicorn.server import ServerState

from grantwell.app import create_app
from grantwell.asgi.connection import Connection
from grantwell.asgi.in_step import InStep, others_first
from grantwell.protocol import keys
from grantwell.protocol.changes import AddClient, AddUser
from grantwell.settings import load_settings
from grantwell.storage.dictionary import DictionaryBackend

FORM = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}".encode()
CALL = (
    b"POST /v2/oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: %d\r\n\r\n" % len(FORM) + FORM
)


def in_step() -> tuple[InStep, set[asyncio.Task[None]]]:
    tasks: set[asyncio.Task[None]] = set()
    return InStep(asyncio.get_running_loop(), tasks), tasks


async def test_all_come_as_far_before_any_goes_on() -> None:
    steps: list[str] = []

    async def walk(name: str) -> None:
        for number in range(3):
            steps.append(f"{name}{number}")
            await others_first()

    together, tasks = in_step()
    for name in "abc":
        together.add(walk(name))
    await asyncio.sleep(0)
    assert steps == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]
    assert not tasks


async def test_who_waits_for_something_else_becomes_a_task_and_goes_on_as_one() -> None:
    steps: list[str] = []
    gate = asyncio.Event()

    async def wait() -> None:
        await others_first()
        await gate.wait()
        steps.append("one")
        await others_first()
        steps.append("two")

    together, tasks = in_step()
    together.add(wait())
    await asyncio.sleep(0)
    (task,) = tasks
    gate.set()
    await task
    assert steps == ["one", "two"]


async def test_who_fails_takes_nobody_along() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
    steps: list[str] = []

    async def fail() -> None:
        raise ZeroDivisionError

    async def walk() -> None:
        await others_first()
        steps.append("walked")

    together, _ = in_step()
    for work in (walk(), fail(), walk()):
        together.add(work)
    await until_idle()
    assert steps == ["walked", "walked"]
    assert [type(each["exception"]) for each in told] == [ZeroDivisionError]


async def test_who_always_lets_others_go_first_does_not_keep_the_loop() -> None:
    ended = False

    async def wait() -> None:
        while not ended:
            await others_first()

    together, _ = in_step()
    together.add(wait())
    for _ in range(3):
        await asyncio.sleep(0)
    ended = True
    await asyncio.sleep(0)


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is done for calls, in its order: looking up the client, signing, answering."""
    steps: list[str] = []
    sign, look_up, write = keys.SigningKey.sign, DictionaryBackend.authenticating_client, Transport.write

    def sign_and_tell(key: keys.SigningKey, message: bytes) -> bytes:
        steps.append("sign")
        return sign(key, message)

    async def look_up_and_tell(backend: DictionaryBackend, client_id: str) -> Any:
        steps.append("look up")
        if not backend.reads_at_once:
            await asyncio.sleep(0)
        return await look_up(backend, client_id)

    def write_and_tell(transport: Transport, data: bytes) -> None:
        steps.append("answer")
        write(transport, data)

    monkeypatch.setattr(keys.SigningKey, "sign", sign_and_tell)
    monkeypatch.setattr(Transport, "write", write_and_tell)
    monkeypatch.setattr(DictionaryBackend, "authenticating_client", look_up_and_tell)
    yield steps


@pytest.mark.parametrize("without_tasks", [True, False], ids=["outside tasks", "in tasks"])
async def test_calls_of_several_connections_are_looked_up_then_signed_then_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_tasks: bool
) -> None:
    settings, backend = load_settings(data_dir=tmp_path), DictionaryBackend()
    backend.reads_at_once = without_tasks
    app, _ = await create_app(settings, backend=backend, sink=lambda _event: None)
    await backend.apply((AddUser(USER), AddClient(a_client(settings, context_of(settings)))))
    await app.start()
    state = ServerState()
    some = [connected(Connection, app, state)[:2] for _ in range(3)]
    with recorded(monkeypatch) as steps:
        for connection, _ in some:
            connection.data_received(CALL)
        await until_idle()
    assert steps == [*["look up"] * 3, *["sign"] * 3, *["answer"] * 3]
    for connection, transport in some:
        assert "access_token" in json.loads(b"".join(transport.written).partition(b"\r\n\r\n")[2])
        connection.connection_lost(None)
    await app.stop()
