"""One connection of a client: uvicorn's, with the bounds that uvicorn leaves to a proxy, which not everybody has.

Whole requests for the API go straight to the edge and are answered in one piece; see `exchange`.
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from grantwell.asgi.exchange import CLOSE, Answering, Exchange, Request, Response, as_bytes, asks_first
from grantwell.asgi.first_steps import FirstSteps, begin_task
from grantwell.asgi.http import MAXIMUM_BODY
from grantwell.asgi.routes import BASE

LOGGER = logging.getLogger("grantwell")
# Of a head, or of whatever else comes between one piece of a body and the next.
MAXIMUM_HEAD = 64 * 1024
SECONDS_FOR_A_REQUEST = 30.0
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
# With one of these a request needs more than its answer.
NEEDS_UVICORN = frozenset({b"expect", b"transfer-encoding", b"upgrade"})
CONNECTIONS = frozenset({b"connection", b"proxy-connection"})
# The length of a longer body has more digits, and is refused before it is read.
DIGITS = len(str(MAXIMUM_BODY))
UNDER = f"{BASE}/".encode()
FAILED = Response(500, b"content-length: 0\r\n", b"")


class Connection(HttpToolsProtocol):
    """Refuses endless heads (RFC 6585 section 5), ends requests that never end, and takes no trailer for a header."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._unframed = 0
        self._head_is_over = False
        self._request_is_over = False
        self._deadline: asyncio.TimerHandle | None = None
        self._exchange: Exchange | None = getattr(self.app, "exchange", None)
        # One for all connections of a server.
        steps = vars(self.server_state).setdefault("first_steps", FirstSteps(self.loop, self.tasks))
        self._first_steps: FirstSteps | None = steps if getattr(self.app, "begins_without_tasks", False) else None
        # The request that is being read, if it goes straight to the edge.
        self._reading: Answering | None = None
        self._idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin_to_wait()

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer be: to look at the clock when it is over is cheaper than a new one at every answer."""

    def on_response_complete(self) -> None:
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        self._idle_since = self.loop.time()
        if timer is None or self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.timeout_keep_alive_task = timer
        self.server_state.total_requests += 1
        self.flow.resume_reading()

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        # A request that is being read has a deadline of its own, and after its answer the waiting begins anew.
        if self._deadline is not None or not getattr(self.cycle, "response_complete", True):
            return
        rest = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def data_received(self, data: bytes) -> None:
        self._unframed += len(data)
        self._request_is_over = False
        super().data_received(data)
        if self._unframed > MAXIMUM_HEAD:
            self._refuse()
        elif not self._request_is_over and self._deadline is None:
            self._begin_to_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        super()._unset_keepalive_if_required()

    def on_message_begin(self) -> None:
        self._head_is_over = False
        self.url, self.headers = b"", []

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body stand trailers, which nobody on the way has looked at (RFC 9110 section 6.5.1).
        if not self._head_is_over:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._unframed, self._head_is_over = 0, True
        if self._goes_straight():
            path, _, query = self.url.partition(b"?")
            method = self.parser.get_method().decode("ascii")
            self._reading = Answering(Request(method, path.decode("ascii"), query, self.headers, self.client))
            self.cycle = self._reading  # type: ignore[assignment] # whatever uvicorn asks of it, it has
            return
        self._reading, url, headers = None, self.url, self.headers
        super().on_message_begin()
        self.headers += headers
        self.url, self.expect_100_continue = url, asks_first(headers)
        super().on_headers_complete()

    def _goes_straight(self) -> bool:
        """Whether this is a whole request for the API, on a connection that has nothing else to do and stays open."""
        found = dict(self.headers)
        return (
            self._exchange is not None
            and self.url.startswith(UNDER)
            and b"%" not in self.url
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

    def on_message_complete(self) -> None:
        self._request_is_over = True
        self._stop_waiting()
        if self._reading is None:
            super().on_message_complete()
        elif not self._reading.begun:
            self._begin(self._reading)

    def _begin(self, answering: Answering) -> None:
        answering.begun = True
        if self._first_steps is not None:
            self._first_steps.add(self._answer(answering))
        else:
            begin_task(self.loop, self.tasks, self._answer(answering))

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

    def _begin_to_wait(self) -> None:
        self._deadline = self.loop.call_later(SECONDS_FOR_A_REQUEST, super().timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            # In the middle of another answer a refusal would be taken for a part of that. Before the first request
            # there is no cycle, whatever its annotation says.
            if getattr(self.cycle, "response_complete", True):
                self.transport.write(TOO_LARGE)
            self.transport.close()
