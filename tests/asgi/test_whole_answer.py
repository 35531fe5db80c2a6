"""Answers as they leave a connection: what uvicorn itself would have written, and plain ones in one piece."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from grantwell.asgi.connection import Connection
from grantwell.asgi.http import Message, Receive, Scope, Send

GET = b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n"
DATE = (b"date", b"Sun, 22 Nov 2026 20:20:20 GMT")
PLAIN = [(b"content-type", b"text/plain"), (b"x-request-id", b"1"), (b"content-length", b"5")]


def start(headers: list[tuple[bytes, bytes]], status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(content: bytes = b"hello", **more: Any) -> Message:
    return {"type": "http.response.body", "body": content, **more}


class Transport(asyncio.Transport):
    """What was written to it, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def answered(
    kind: type[HttpToolsProtocol], messages: list[Message], requests: bytes, defaults: list[tuple[bytes, bytes]]
) -> Transport:
    """What a connection of a kind writes, when an application answers each request with these messages."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(dict(message))

    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    state.default_headers = defaults
    transport = Transport()
    connection = kind(config, state, {})
    connection.connection_made(transport)
    connection.data_received(requests)
    while state.tasks:
        await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)
    return transport


ANSWERS: dict[str, list[Message]] = {
    "plain": [start(PLAIN), body()],
    "plain, with another status": [start(PLAIN, 429), body()],
    "of no length": [start([(b"content-length", b"0")]), body(b"")],
    "without a length": [start([(b"content-type", b"text/plain")]), body()],
    "without a body": [start([], 204), body(b"")],
    "in two pieces": [start(PLAIN), body(b"he", more_body=True), body(b"llo")],
    "in one piece and an empty one": [start(PLAIN), body(more_body=True), body(b"")],
    "in pieces without a length": [start([]), body(b"he", more_body=True), body(b"llo")],
    "too short": [start(PLAIN), body(b"hell")],
    "too long": [start(PLAIN), body(b"hello!")],
    "that closes the connection": [start([*PLAIN, (b"connection", b"close")]), body()],
    "that says how it is framed": [start([(b"transfer-encoding", b"chunked")]), body()],
    "that says twice how it is framed": [start([*PLAIN, (b"transfer-encoding", b"chunked")]), body()],
    "with two lengths": [start([*PLAIN, (b"content-length", b"5")]), body()],
    "with a message too many": [start(PLAIN), body(), body()],
    "with two heads": [start(PLAIN), start(PLAIN), body()],
    "with two heads and no length": [start([(b"content-length", b"0")])] * 2,
    "that begins with its body": [body()],
}


@pytest.fixture(autouse=True)
def silent_uvicorn() -> Iterator[None]:
    """What uvicorn logs of broken applications is no part of these tests."""
    logger = logging.getLogger("uvicorn.error")
    logger.disabled = True
    yield
    logger.disabled = False


@pytest.mark.parametrize(
    "request_head", [GET, GET.replace(b"GET", b"HEAD"), GET.replace(b"1.1", b"1.0"), GET * 2], ids=str
)
@pytest.mark.parametrize("defaults", [[DATE], [DATE, (b"connection", b"close")]], ids=["serving", "leaving"])
@pytest.mark.parametrize("messages", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_is_the_one_that_uvicorn_writes(
    messages: list[Message], defaults: list[tuple[bytes, bytes]], request_head: bytes
) -> None:
    ours, theirs = [await answered(kind, messages, request_head, defaults) for kind in (Connection, HttpToolsProtocol)]
    assert (b"".join(ours.written), ours.closed) == (b"".join(theirs.written), theirs.closed)


async def test_a_plain_answer_leaves_in_one_piece() -> None:
    found = await answered(Connection, ANSWERS["plain"], GET, [DATE])
    assert found.written == [
        b"HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 20:20:20 GMT\r\n"
        b"content-type: text/plain\r\nx-request-id: 1\r\ncontent-length: 5\r\n\r\nhello"
    ]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"a\r\n\r\n<html>"])
async def test_a_header_cannot_have_a_line_of_its_own(value: bytes) -> None:
    found = await answered(Connection, [start([*PLAIN, (b"x-name", value)]), body()], GET, [DATE])
    written = b"".join(found.written)
    assert value not in written
    assert not written.startswith(b"HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 20:20:20 GMT\r\ncontent-type")


def connected(app: Any) -> tuple[Connection, Transport, ServerState]:
    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
    config.load()
    transport, state = Transport(), ServerState()
    connection = Connection(config, state, {})
    connection.connection_made(transport)
    return connection, transport, state


async def answer_plainly(_scope: Scope, _receive: Receive, send: Send) -> None:
    for message in ANSWERS["plain"]:
        await send(message)


async def test_an_answer_waits_until_the_client_has_read_the_last_one() -> None:
    connection, transport, state = connected(answer_plainly)
    connection.pause_writing()
    connection.data_received(GET)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not transport.written
    connection.resume_writing()
    await asyncio.gather(*state.tasks)
    assert b"".join(transport.written).endswith(b"hello")
    connection.connection_lost(None)


async def test_a_client_that_has_gone_is_written_nothing() -> None:
    connection, transport, state = connected(answer_plainly)
    connection.data_received(GET)
    connection.connection_lost(None)
    await asyncio.gather(*state.tasks)
    assert not transport.written


async def test_whoever_waits_for_more_hears_that_the_answer_is_complete() -> None:
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def listen() -> None:
            heard.extend([await receive(), await receive()])

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        await answer_plainly(scope, receive, send)
        await listening

    connection, _, state = connected(app)
    connection.data_received(GET)
    await asyncio.gather(*state.tasks)
    assert [message["type"] for message in heard] == ["http.request", "http.disconnect"]
    connection.connection_lost(None)
