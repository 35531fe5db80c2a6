"""One serving process: uvicorn around an application that is made on its loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from grantwell.asgi.http import Receive, Scope, Send

KEEP_ALIVE_SECONDS = 75


class Servable(Protocol):
    """An ASGI application with a beginning and an end."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""


def run(make: Callable[[], Awaitable[Servable]], host: str, port: int, shutdown_seconds: int) -> None:
    """Serve until told to stop; then let requests finish for `shutdown_seconds`, and end the application."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(make, host, port, shutdown_seconds))


async def _serve(make: Callable[[], Awaitable[Servable]], host: str, port: int, shutdown_seconds: int) -> None:
    import uvicorn  # noqa: PLC0415 - only the serving process needs it

    app = await make()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    try:
        await app.start()
        await uvicorn.Server(config).serve()
    finally:
        await app.stop()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop
