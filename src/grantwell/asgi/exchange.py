"""One HTTP exchange that fits in memory: a whole request in, a whole answer out, and no ASGI in between.

Nearly every call of the API is one. ASGI's messages, its scope and its events would cost such a call more than its
signature does, so the connection speaks to the edge directly, and leaves all else (streams, pages) to uvicorn.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

Header = tuple[bytes, bytes]
CLOSE = (b"connection", b"close")


class Request(NamedTuple):
    """A request without its body. `path` is decoded; header names are in lower case."""

    method: str
    path: str
    query_string: bytes
    headers: Sequence[Header]
    client: tuple[str, int] | None


class Response(NamedTuple):
    """An answer; its headers tell its length. They are `lines` as they go out, which `lines_of` makes."""

    status: int
    lines: bytes
    body: bytes


class Answering:
    """What uvicorn's protocol knows as a cycle: a request that is being answered, here without ASGI."""

    __slots__ = ("begun", "body", "disconnected", "keep_alive", "message_event", "request", "response_complete")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.body = b""
        self.begun = False
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False
        # Nobody waits for it: it is only there to be set.
        self.message_event = self

    def set(self) -> None:
        """Do nothing."""


Exchange = Callable[[Request, bytes], Awaitable[Response]]


def asks_first(headers: Sequence[Header]) -> bool:
    """Whether a client waits for a word before it sends its body (RFC 9110 section 10.1.1)."""
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in headers)


def lines_of(headers: Sequence[Header]) -> bytes:
    """Headers as they go out (RFC 9112 section 5). Raises ValueError for one with a line break or NUL in it."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    # It would begin another header, or another answer.
    if not lines.count(b"\n") == lines.count(b"\r") == len(headers) or b"\0" in lines:
        raise ValueError("a header has a line break or NUL in it")
    return lines


@lru_cache(maxsize=4)
def _kept_lines_of(*headers: Header) -> bytes:
    """Of the headers that uvicorn gives every answer, the date changes, and that once a second."""
    return lines_of(headers)


def headers_of(lines: bytes) -> tuple[Header, ...]:
    """What `lines_of` made lines of."""
    pairs = (line.partition(b": ") for line in lines.split(b"\r\n")[:-1])
    return tuple((name, value) for name, _, value in pairs)


def as_bytes(response: Response, default_headers: Sequence[Header], *, closes: bool) -> bytes:
    """The answer as it goes out (RFC 9112 section 4). Raises ValueError as `lines_of` does."""
    defaults = _kept_lines_of(*default_headers)
    if closes and CLOSE not in default_headers:
        defaults += lines_of((CLOSE,))
    return b"".join((STATUS_LINE[response.status], defaults, response.lines, b"\r\n", response.body))
