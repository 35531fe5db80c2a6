"""One HTTP exchange that fits in memory: a whole request in, a whole answer out, and no ASGI in between.

Nearly every call of the API is one. ASGI's messages, its scope and its events would cost such a call more than its
signature does, so the connection speaks to the edge directly, and leaves all else (streams, pages) to uvicorn.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

CLOSE = (b"connection", b"close")


class Request(NamedTuple):
    """A request without its body. `path` is decoded; header names are in lower case."""

    method: str
    path: str
    query_string: bytes
    headers: Sequence[tuple[bytes, bytes]]
    client: tuple[str, int] | None


class Response(NamedTuple):
    """An answer; its headers tell its length."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


Exchange = Callable[[Request, bytes], Awaitable[Response]]


def as_bytes(response: Response, default_headers: Sequence[tuple[bytes, bytes]], *, closes: bool) -> bytes:
    """The answer as it goes out (RFC 9112 section 4). Raises ValueError for a header with a line of its own in it."""
    lines = [b"%b: %b" % header for header in (*default_headers, *response.headers)]
    if closes and CLOSE not in default_headers:
        lines.append(b"connection: close")
    head = b"\r\n".join(lines)
    if not head.count(b"\n") == head.count(b"\r") == len(lines) - 1 or b"\0" in head:
        raise ValueError("a header has a line break or NUL in it")
    return b"%b%b\r\n\r\n%b" % (STATUS_LINE[response.status], head, response.body)
