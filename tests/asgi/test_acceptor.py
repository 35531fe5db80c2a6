"""Processes that share a listening socket share the connections that come at one moment."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import pytest

from grantwell.asgi import acceptor
from grantwell.asgi.acceptor import Acceptor

MANY = 8


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@contextlib.contextmanager
def clients_of(listener: socket.socket, number: int) -> Iterator[list[socket.socket]]:
    """So many that have connected before anybody takes them."""
    with contextlib.ExitStack() as held:
        yield [held.enter_context(socket.create_connection(listener.getsockname())) for _ in range(number)]


class Greeting(asyncio.Protocol):
    """Says hello, and is counted."""

    def __init__(self, taken: list[asyncio.Transport], came: asyncio.Semaphore) -> None:
        self._taken = taken
        self._came = came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._taken.append(transport)
        transport.write(b"hello")
        self._came.release()


def leave(taken: list[asyncio.Transport]) -> None:
    for transport in taken:
        transport.close()


async def come(came: asyncio.Semaphore, number: int) -> None:
    async with asyncio.timeout(5):
        for _ in range(number):
            await came.acquire()


async def test_two_who_share_a_socket_take_as_many_each() -> None:
    one: list[asyncio.Transport] = []
    two: list[asyncio.Transport] = []
    came = asyncio.Semaphore(0)
    with listening() as listener, clients_of(listener, MANY) as clients:
        acceptors = [Acceptor(listener, lambda: Greeting(one, came))]
        with listener.dup() as shared:
            acceptors.append(Acceptor(shared, lambda: Greeting(two, came)))
            await come(came, MANY)
            assert [each.recv(5) for each in clients] == [b"hello"] * MANY
            assert len(one) == len(two) == MANY // 2
            for each in acceptors:
                each.close()
                await each.wait_closed()
        leave(one + two)
        await asyncio.sleep(0)


async def test_who_has_closed_takes_no_more() -> None:
    taken: list[asyncio.Transport] = []
    came = asyncio.Semaphore(0)
    with listening() as listener, clients_of(listener, 1):
        accepting = Acceptor(listener, lambda: Greeting(taken, came))
        accepting.close()
        await asyncio.sleep(0.02)
        assert not taken


class Full(socket.socket):
    """A listener of a process that has no descriptor left, once."""

    refused = False

    def accept(self) -> tuple[socket.socket, object]:
        if not self.refused:
            self.refused = True
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_without_room_for_a_connection_the_next_is_taken_a_little_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(acceptor, "PAUSE_SECONDS", 0.02)
    taken: list[asyncio.Transport] = []
    came = asyncio.Semaphore(0)
    with Full(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with clients_of(listener, 1):
            accepting = Acceptor(listener, lambda: Greeting(taken, came))
            await come(came, 1)
            accepting.close()
            await accepting.wait_closed()
            leave(taken)
            await asyncio.sleep(0)
    assert "Too many open files" in caplog.text
