"""One serving process: uvicorn around an application that is made on its loop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from grantwell.asgi.http import Receive, Scope, Send

if TYPE_CHECKING:
    import uvicorn

KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048


class CannotServe(Exception):
    """The server cannot start as it is set up; the text says why."""


class Servable(Protocol):
    """An ASGI application with a beginning and an end."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""


Make = Callable[[], Awaitable[tuple[Servable, Callable[[], None]]]]


def run(make: Make, host: str, port: int, shutdown_seconds: int) -> None:
    """Serve until told to stop; then let requests finish for `shutdown_seconds`, and end the application.

    `make` answers with the application, and with what to do once it has begun. Raises CannotServe; where the address
    is taken, before anything is made.
    """
    with _listen(host, port) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(make, listener, shutdown_seconds))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotServe(
            f"cannot listen on {host} port {port}: {(error.strerror or str(error)).partition(' (')[0]}"
        ) from None


async def _serve(make: Make, listener: socket.socket, shutdown_seconds: int) -> None:
    app, announce = await make()
    server = _server(app, shutdown_seconds)
    with _signals(server.handle_exit):
        try:
            await _start(app)
            announce()
            await server.serve(sockets=[listener])
        finally:
            await app.stop()


def _server(app: Servable, shutdown_seconds: int) -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415 - only the serving process needs it

    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave signals to us: uvicorn would raise them again, and so end the process before the application."""
            yield

    return Server(config)


@contextlib.contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {each: signal.signal(each, handler) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler_before in before.items():
            signal.signal(each, handler_before)


async def _start(app: Servable) -> None:
    try:
        await app.start()
    except ValueError as error:  # the stored signing keys were sealed with another secret, or have been changed
        raise CannotServe(str(error)) from error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop
