"""Uvicorn's server as we run it: signals are ours, clients leave by themselves, siblings share a socket fairly.

Imported by the serving process only, which needs uvicorn.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn

from grantwell.asgi.acceptor import Acceptor

POLL_SECONDS = 0.02


class Server(uvicorn.Server):
    """`seconds_to_leave` is how long clients are let leave, each after its next answer; 0 where no sibling goes on."""

    def __init__(self, config: uvicorn.Config, seconds_to_leave: float) -> None:
        super().__init__(config)
        self._seconds_to_leave = seconds_to_leave

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us: uvicorn would raise them again, and so end the process before the application."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, one at a time where siblings take some from the same socket."""
        if not self._seconds_to_leave or not sockets:
            await super().startup(sockets)
            return
        make: Any = self.config.http_protocol_class
        connect = partial(make, config=self.config, server_state=self.server_state, app_state={})
        # Of a server uvicorn asks no more than what an acceptor has.
        servers: list[Any] = [Acceptor(each, connect) for each in sockets]
        self.servers, self.started = servers, True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Have clients leave by themselves first: on an idle connection a request may be under way."""
        for each in (*self.servers, *(sockets or ())):
            each.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        for _ in range(int(self._seconds_to_leave / POLL_SECONDS)):
            if self.server_state.connections:
                await asyncio.sleep(POLL_SECONDS)
        await super().shutdown(sockets)
