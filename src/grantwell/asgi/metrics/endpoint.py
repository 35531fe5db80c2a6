"""`/metrics` on an address of its own: whoever may read the numbers is not whoever may ask for tokens."""

import asyncio
import contextlib
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from grantwell.asgi.http import Receive, Scope, Send
from grantwell.asgi.metrics.exposition import CONTENT_TYPE
from grantwell.asgi.metrics.gathering import Metrics, Sources
from grantwell.asgi.metrics.share import Share
from grantwell.asgi.serving import CannotServe
from grantwell.asgi.tally import Tally

if TYPE_CHECKING:
    import uvicorn

LOGGER = logging.getLogger("grantwell")
TEXT = "text/plain; charset=utf-8"


class Endpoint:
    """The ASGI application of that address."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one scrape."""
        if scope["path"] != "/metrics":
            await _answer(send, 404, b"the metrics are at /metrics\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"the metrics can be read with GET\n")
        else:
            await self._scrape(scope["method"], send)

    async def _scrape(self, method: str, send: Send) -> None:
        try:
            body = await self._metrics.render()
        except OSError as error:
            # Not without the other processes: a sum that falls looks like a restart.
            LOGGER.error("the processes' metrics cannot be put together: %s", error)
            await _answer(send, 503, b"the processes' metrics cannot be put together\n")
        else:
            await _answer(send, 200, b"" if method == "HEAD" else body, CONTENT_TYPE, len(body))


async def _answer(send: Send, status: int, body: bytes, content_type: str = TEXT, length: int | None = None) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body) if length is None else length).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class MetricsServer:
    """Serves the endpoint on the event loop of the server itself, and keeps the numbers fresh."""

    def __init__(self, address: str, directory: Path | None, tally: Tally) -> None:
        """With a `directory` other processes listen on the same address, and share their numbers in it.

        Raises CannotServe where the address is taken, or the directory cannot be used.
        """
        self._tally = tally
        self._share = _share(directory) if directory else None
        self._listener = listen_for_metrics(address, shared=directory is not None)
        self._running: Running | None = None

    async def start(self, sources: Sources) -> None:
        """Begin. Signals stay the main server's: this one is started and ended by it."""
        metrics = Metrics(self._tally, sources, self._share)
        server = _server(Endpoint(metrics))
        await server.startup(sockets=[self._listener])
        self._running = Running(metrics, server, asyncio.create_task(_watch(metrics)))

    async def stop(self) -> None:
        """Publish for the last time, and end."""
        if self._running:
            metrics, server, watching = self._running
            self._running = None
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await server.shutdown(sockets=[self._listener])
            with contextlib.suppress(OSError):
                await metrics.publish()
        self._listener.close()
        if self._share:
            self._share.close()


class Running(NamedTuple):
    """What ends when the server does."""

    metrics: Metrics
    server: "uvicorn.Server"
    watching: "asyncio.Task[None]"


def listen_for_metrics(address: str, *, shared: bool) -> socket.socket:
    """Listen on an address, beside other processes if it is `shared`. Raises CannotServe where it is taken."""
    listener = reserve(address, shared=shared)
    listener.listen()
    return listener


def reserve(address: str, *, shared: bool) -> socket.socket:
    """Have an address without listening, so that nobody else takes it. Raises CannotServe where somebody has."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    reserved = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, int(port)))
    except OSError as error:
        reserved.close()
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CannotServe(f"cannot listen on {address} for metrics: {reason}") from None
    return reserved


def _share(directory: Path) -> Share:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Share(directory)
    except OSError as error:
        raise CannotServe(f"cannot share metrics in {directory}: {error.strerror}") from None


def _server(endpoint: Endpoint) -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415 - only a serving process needs it

    config = uvicorn.Config(endpoint, lifespan="off", access_log=False, log_config=None, server_header=False, ws="none")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


async def _watch(metrics: Metrics) -> None:
    while True:
        try:
            await metrics.watch()
        except OSError as error:
            LOGGER.error("metrics cannot be published: %s", error)
