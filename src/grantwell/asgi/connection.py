"""One connection of a client: uvicorn's, with the bounds that uvicorn leaves to a proxy, which not everybody has."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from grantwell.asgi.whole_answer import WholeAnswer

# Of a head, or of whatever else comes between one piece of a body and the next.
MAXIMUM_HEAD = 64 * 1024
SECONDS_FOR_A_REQUEST = 30.0
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):
    """Refuses endless heads (RFC 6585 section 5), ends requests that never end, and takes no trailer for a header."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._unframed = 0
        self._head_is_over = False
        self._request_is_over = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin_to_wait()

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

    def on_message_begin(self) -> None:
        self._head_is_over = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body stand trailers, which nobody on the way has looked at (RFC 9110 section 6.5.1).
        if not self._head_is_over:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._unframed, self._head_is_over = 0, True
        super().on_headers_complete()
        # The task that answers has been made, and has not begun.
        self.cycle.send = WholeAnswer(self.cycle)  # type: ignore[method-assign, assignment] # no other door

    def on_body(self, body: bytes) -> None:
        self._unframed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._request_is_over = True
        self._stop_waiting()
        super().on_message_complete()

    def _begin_to_wait(self) -> None:
        self._deadline = self.loop.call_later(SECONDS_FOR_A_REQUEST, self.timeout_keep_alive_handler)

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
