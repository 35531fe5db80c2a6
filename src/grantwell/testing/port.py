"""A real port for programs that are not in this process, or not in Python; opened when somebody asks for it."""

import asyncio
import socket
from typing import TypeAlias

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from grantwell.asgi.http import ASGIApp, Receive, Scope, Send
from grantwell.testing.entrance import ConnectionDropped

# Each open connection by the address of its other end.
Connections: TypeAlias = dict[tuple[str, int], asyncio.Transport]


class Port:
    """An application on a socket, from `open` to `close`.

    Of `uvicorn.Server` it uses the steps, and not `serve`, which looks ten times a second whether it is over: a test
    has no tenth of a second to give away.
    """

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        self._connections: Connections = {}
        self._bound = bound
        self._config = uvicorn.Config(
            droppable(app, self._connections),
            http=protocol_that_notes(self._connections),
            loop="none",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level=None,
            server_header=False,
        )
        self._server = uvicorn.Server(self._config)

    async def open(self) -> None:
        """Listen."""
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup(sockets=[self._bound])
        await self._server.on_tick(0)

    async def close(self) -> None:
        """Listen no more, and drop every connection."""
        for listening in self._server.servers:
            listening.close()
        for transport in tuple(self._connections.values()):
            transport.abort()


def protocol_that_notes(connections: Connections) -> type[HttpToolsProtocol]:
    """The protocol of uvicorn itself, which notes its connections."""

    class NotingProtocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            if self.client is not None:
                connections[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                connections.pop(self.client, None)

    return NotingProtocol


def droppable(app: ASGIApp, connections: Connections) -> ASGIApp:
    """The application, with connections that end where it raises ConnectionDropped."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ConnectionDropped:
            connections[scope["client"]].abort()
            # uvicorn takes it for a bug if an application is done before it has answered or been left.
            while (await receive())["type"] != "http.disconnect":
                pass

    return answer
