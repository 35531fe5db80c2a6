"""One HTTP exchange that fits in memory: a whole request in, a whole answer out, and no ASGI in between.

Nearly every call of the API is one. ASGI's messages, its scope and its events would cost such a call more than its
signature does, so the connection speaks to the edge directly, and leaves all else (streams, pages) to uvicorn.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache

from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

Header = tuple[bytes, bytes]
CLOSE = (b"connection", b"close")
# What neither a header's name nor its value may have in it (RFC 9110 section 5.5), a tabulator aside.
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Request(Struct, frozen=True, gc=False):
    """A request without its body. `path` is decoded; header names are in lower case."""

    method: str
    path: str
    query_string: bytes
    headers: Sequence[Header]
    client: tuple[str, int] | None


class Response(Struct, frozen=True, gc=False):
    """An answer; its headers tell its length. They are `lines` as they go out, which `lines_of` makes."""

    status: int
    lines: bytes
    body: bytes


class Unheard:
    """An event that nobody waits for: it is only there to be set."""

    def set(self) -> None:
        """Do nothing."""


class Answering:
    """What uvicorn's protocol knows as a cycle: a request that is being answered, here without ASGI."""

    __slots__ = ("begun", "body", "disconnected", "keep_alive", "request", "response_complete")
    # Everybody's: one that a request had of itself would keep it, with its body, until the collector comes by.
    message_event = Unheard()

    def __init__(self, request: Request) -> None:
        self.request = request
        self.body = b""
        self.begun = False
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False


Exchange = Callable[[Request, bytes], Awaitable[Response]]


def asks_first(headers: Sequence[Header]) -> bool:
    """Whether a client waits for a word before it sends its body (RFC 9110 section 10.1.1)."""
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in headers)


def lines_of(headers: Sequence[Header]) -> bytes:
    """Headers as they go out (RFC 9112 section 5). Raises ValueError for one with a control character in it."""
    # A line break would begin another header, or another answer.
    if any(CONTROL.search(name) or CONTROL.search(value) for name, value in headers):
        raise ValueError("a header has a control character in it")
    return b"".join([b"%b: %b\r\n" % header for header in headers])


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
