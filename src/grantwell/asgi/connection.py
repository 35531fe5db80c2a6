"""One connection of a client. Whole requests for the API go straight to the edge and are answered in one piece.

See `exchange`. All else, streams and pages, is uvicorn's.
"""

import asyncio
import logging
from typing import Any

from grantwell.asgi.exchange import CLOSE, Answering, Exchange, Request, Response, as_bytes
from grantwell.asgi.http import MAXIMUM_BODY
from grantwell.asgi.in_step import InStep
from grantwell.asgi.routes import BASE
from grantwell.asgi.strict_connection import StrictConnection
from grantwell.asgi.tasks import begin_task

LOGGER = logging.getLogger("grantwell")
# With one of these a request needs more than its answer.
NEEDS_UVICORN = frozenset({b"expect", b"transfer-encoding", b"upgrade"})
CONNECTIONS = frozenset({b"connection", b"proxy-connection"})
# The length of a longer body has more digits, and is refused before it is read.
DIGITS = len(str(MAXIMUM_BODY))
UNDER = f"{BASE}/".encode()
FAILED = Response(500, b"content-length: 0\r\n", b"")


class Connection(StrictConnection):
    """Speaks to an application that has an `exchange` besides ASGI."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._exchange: Exchange | None = getattr(self.app, "exchange", None)
        without_tasks = getattr(self.app, "begins_without_tasks", False)
        self._in_step = self._server_in_step() if without_tasks else None
        # The request that is being read, if it goes straight to the edge.
        self._reading: Answering | None = None

    def _server_in_step(self) -> InStep:
        """One for all connections of a server."""
        kept: dict[str, Any] = vars(self.server_state)
        if "in_step" not in kept:
            kept["in_step"] = InStep(self.loop, self.tasks)
        in_step: InStep = kept["in_step"]
        return in_step

    def _begin_request(self) -> None:
        if self._goes_straight():
            path, _, query = self.url.partition(b"?")
            method = self.parser.get_method().decode("ascii")
            self._reading = Answering(Request(method, path.decode("ascii"), query, self.headers, self.client))
            self.cycle = self._reading  # type: ignore[assignment] # whatever uvicorn asks of it, it has
            return
        self._reading = None
        super()._begin_request()

    def _goes_straight(self) -> bool:
        """Whether this is a whole request for the API, on a connection that has nothing else to do and stays open."""
        found = dict(self.headers)
        return (
            self._exchange is not None
            and self.url.startswith(UNDER)
            and b"%" not in self.url
            and b"#" not in self.url
            and self.url.isascii()
            and NEEDS_UVICORN.isdisjoint(found)
            and len(found.get(b"content-length", b"")) <= DIGITS
            and getattr(self.cycle, "response_complete", True)
            and self.parser.should_keep_alive()
            # Only with that header does an older version keep alive, and it wants to be told so.
            and (CONNECTIONS.isdisjoint(found) or self.parser.get_http_version() == "1.1")
        )

    def on_body(self, body: bytes) -> None:
        self._unframed = 0
        reading = self._reading
        if reading is None:
            super().on_body(body)
        elif not reading.begun:
            reading.body += body
            if len(reading.body) > MAXIMUM_BODY:
                self._begin(reading)

    def _end_request(self) -> None:
        if self._reading is None:
            super()._end_request()
        elif not self._reading.begun:
            self._begin(self._reading)

    def _begin(self, answering: Answering) -> None:
        answering.begun = True
        if self._in_step is not None:
            self._in_step.add(self._answer(answering))
        else:
            begin_task(self.tasks, self._answer(answering))

    async def _answer(self, answering: Answering) -> None:
        """Answer, also where nobody waits for it any more: what was begun is finished."""
        assert self._exchange is not None
        try:
            response = await self._exchange(answering.request, answering.body)
            written = self._written(response, answering)
        except Exception:  # the last line of defence: told to the operator, never to the caller
            LOGGER.exception("an answer could not be made")
            answering.keep_alive = False
            written = self._written(FAILED, answering)
        except asyncio.CancelledError:
            self.transport.close()
            raise
        if self.flow.write_paused and not answering.disconnected:
            await self.flow.drain()
        answering.response_complete = True
        if not answering.disconnected and not self.transport.is_closing():
            self.transport.write(written)
            if not answering.keep_alive:
                self.transport.close()
        self.on_response_complete()

    def _written(self, response: Response, answering: Answering) -> bytes:
        # A server that ends tells its clients to leave.
        if CLOSE in self.server_state.default_headers:
            answering.keep_alive = False
        return as_bytes(response, self.server_state.default_headers, closes=not answering.keep_alive)
