"""One serving process: uvicorn around an application that is made on its loop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from grantwell.asgi.http import Receive, Scope, Send

if TYPE_CHECKING:
    import uvicorn

KEEP_ALIVE_SECONDS = 75
# How long a process whose siblings go on lets its clients leave, each after its next answer.
SECONDS_TO_LEAVE = 1.0
BACKLOG = 2048
OBJECTS_BEFORE_COLLECTION = 20_000


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


def run(make: Make, listener: socket.socket, shutdown_seconds: int, *, channel: socket.socket | None = None) -> None:
    """Serve until told to stop; then let requests finish for `shutdown_seconds`, and end the application.

    `make` answers with the application, and with what to do once it has begun. A process that has siblings, who go on
    when it ends, has a `channel` to its parent, and ends when that closes. Raises CannotServe.
    """
    with listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(make, listener, shutdown_seconds, channel))


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address, before anything is made for it. Raises CannotServe where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotServe(
            f"cannot listen on {host} port {port}: {(error.strerror or str(error)).partition(' (')[0]}"
        ) from None


async def _serve(make: Make, listener: socket.socket, shutdown_seconds: int, channel: socket.socket | None) -> None:
    app, announce = await make()
    from grantwell.asgi.uvicorn_server import Server  # noqa: PLC0415 - only the serving process needs uvicorn

    server = Server(_config(app, shutdown_seconds), SECONDS_TO_LEAVE if channel else 0)
    if channel:
        asyncio.get_running_loop().add_reader(channel, server.handle_exit, signal.SIGTERM, None)
    with _signals(server.handle_exit):
        try:
            await _start(app)
            _spare_the_collector()
            announce()
            await server.serve(sockets=[listener])
        finally:
            await app.stop()


def _spare_the_collector() -> None:
    """What is there now stays; and a request leaves no cycles, so there is little to look for among the new."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 10, 10)


def _config(app: Servable, shutdown_seconds: int) -> "uvicorn.Config":
    import uvicorn  # noqa: PLC0415 - only the serving process needs it

    from grantwell.asgi.connection import Connection  # noqa: PLC0415 - as above

    return uvicorn.Config(
        app,
        http=Connection,
        # Whatever else is installed, nothing here speaks it.
        ws="none",
        lifespan="off",
        access_log=False,
        # Whoever starts this process has said how it logs.
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


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
