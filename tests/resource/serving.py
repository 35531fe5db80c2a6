"""An ASGI application on a port of this process, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class HttpServer(uvicorn.Server):
    """Tells when it is there."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[None]:
    """Serve the application until the block ends."""
    http = HttpServer(uvicorn.Config(app, log_config=None, interface="asgi3"))
    running = asyncio.ensure_future(http.serve([socket.create_server(("127.0.0.1", port))]))
    await http.is_up.wait()
    try:
        yield
    finally:
        http.should_exit = True
        await running
