"""A connection that reads requests as strictly as a proxy would, and answers each of them once."""

from typing import Any

import httptools

from grantwell.asgi.deadlines import ConnectionWithDeadlines
from grantwell.asgi.exchange import Answering, asks_first
from grantwell.asgi.unheard import Refused

# Of a head, or of whatever else comes between one piece of a body and the next.
MAXIMUM_HEAD = 64 * 1024
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class StrictConnection(ConnectionWithDeadlines):
    """Refuses endless heads (RFC 6585 section 5), takes no trailer for a header, and declines other protocols."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._unframed = 0
        self._head_is_over = False
        self._request_is_over = True
        self._offers = False
        # Whether what has come, if only an empty line, is not the end of a request.
        self._leaves_off = False
        self._refused: Refused | None = getattr(self.app, "refused", None)

    def data_received(self, data: bytes) -> None:
        self._unframed += len(data)
        self._leaves_off = True
        rest = self._parse(data)
        while rest is not None:
            rest = self._parse_without_offer(rest)
        if self._unframed > MAXIMUM_HEAD:
            self._refuse(TOO_LARGE)
        elif self._leaves_off and self._deadline is None:
            self._begin_to_wait()

    def _parse(self, data: bytes | memoryview) -> memoryview | None:
        """Read on. What is behind a head that offers another protocol comes back: it was not read."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            return memoryview(data)[offer.args[0] :]
        except httptools.HttpParserError:
            self._refuse(None)
        return None

    def _parse_without_offer(self, rest: memoryview) -> memoryview | None:
        """Read the request again as if it had offered nothing (RFC 9110 section 7.8), and what is behind its head."""
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(b"\r\n".join(lines) + b"\r\n\r\n")
        return self._parse(rest) if rest and not self.transport.is_closing() else None

    def on_message_begin(self) -> None:
        self._head_is_over = self._request_is_over = self._offers = False
        self._leaves_off = True
        self.url, self.headers = b"", []

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body stand trailers, which nobody on the way has looked at (RFC 9110 section 6.5.1).
        if not self._head_is_over:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Raises ValueError, which the parser makes an error of its own, for what is refused here."""
        if self._unframed > MAXIMUM_HEAD:
            self._require_small_head()
        self._unframed = 0
        self._offers = self.parser.should_upgrade()
        if not self._offers:
            self._begin_request()
        elif self.parser.get_method() == b"CONNECT":
            raise ValueError("there are no tunnels here (RFC 9110 section 9.3.6)")
        self._head_is_over = True

    def _require_small_head(self) -> None:
        """Raise ValueError for one that came in one piece, perhaps with more behind it, and is too large."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAXIMUM_HEAD:
            self._refuse(TOO_LARGE)
            raise ValueError("the head is too large")

    def _begin_request(self) -> None:
        headers, url = self.headers, self.url
        super().on_message_begin()
        self.headers += headers
        self.url, self.expect_100_continue = url, asks_first(headers)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        # Behind an offer the parser believes that all is said.
        if not self._offers:
            self._request_is_over, self._leaves_off = True, False
            self._stop_waiting()
            self._end_request()

    def _end_request(self) -> None:
        super().on_message_complete()

    def _refuse(self, refusal: bytes | None) -> None:
        """Answer nothing more, after this one: without a text of its own it is uvicorn's 400."""
        if self.transport.is_closing():
            return
        if refusal is None:
            self._tell(400, reason="http_malformed")
        else:
            self._tell(431, reason="head_too_large")
        if self._owes_an_answer():
            self.cycle.keep_alive = False
        elif self._has_answered():
            self.transport.close()
        elif refusal is None:
            self.send_400_response("Invalid HTTP request received.")
        else:
            self.transport.write(refusal)
            self.transport.close()

    def _give_up(self) -> None:
        # Whoever has only connected, as browsers do in advance, has asked for nothing.
        if not self._request_is_over and not self.transport.is_closing():
            self._tell(408, reason="request_timed_out")
        super()._give_up()

    def _tell(self, status: int, reason: str) -> None:
        """Let the application know, once, of what it will not tell itself."""
        if self._refused is not None and not self._is_known():
            self._refused(self.client, status, reason)
            self._refused = None

    def _is_known(self) -> bool:
        """Whether the application has the request that is being read, though not the whole of it."""
        cycle: Any = self.cycle
        waits = isinstance(cycle, Answering) and not cycle.begun
        return self._is_within_body() and not waits

    def _owes_an_answer(self) -> bool:
        """Whether a refusal would stand in the place of another answer, or in its middle."""
        cycle: Any = self.cycle
        # Before the first request there is none, whatever its annotation says.
        if getattr(cycle, "response_complete", True):
            return False
        if isinstance(cycle, Answering):
            return cycle.begun
        return bool(cycle.response_started or self._request_is_over or self.pipeline)

    def _has_answered(self) -> bool:
        """Whether what is being read has its answer already."""
        return self._is_within_body() and getattr(self.cycle, "response_complete", False)

    def _is_within_body(self) -> bool:
        """Whether of what is being read the head is here, and more is to come."""
        return self._head_is_over and not self._request_is_over
