"""Connections without sockets: what is fed to one, what it asks an application, what it writes."""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from grantwell.asgi.exchange import Request, Response, headers_of, lines_of
from grantwell.asgi.http import Receive, Scope, Send

DATE = (b"date", b"Sun, 22 Nov 2026 20:20:20 GMT")
PLAIN = ((b"content-type", b"text/plain"), (b"x-request-id", b"1"))
GET = b"GET /v2/one?a=b HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\n\r\n"
POST = b"POST /v2/two HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nsome=body"
REQUESTS = {
    "a GET": GET,
    "a HEAD": GET.replace(b"GET", b"HEAD"),
    "a DELETE": GET.replace(b"GET", b"DELETE"),
    "a POST": POST,
    "a POST without a body": POST.replace(b"9", b"0").removesuffix(b"some=body"),
    "a POST in chunks": POST.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked").replace(
        b"some=body", b"4\r\nsome\r\n5\r\n=body\r\n0\r\n\r\n"
    ),
    "a POST that asks first": POST.replace(b"Host", b"Expect: 100-continue\r\nHost"),
    "of the first version": GET.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "of the first version, to be kept": GET.replace(b"HTTP/1.1", b"HTTP/1.0").replace(
        b"X-One: 1", b"Connection: keep-alive"
    ),
    "of the first version, kept by a proxy": GET.replace(b"HTTP/1.1", b"HTTP/1.0").replace(
        b"X-One: 1", b"Proxy-Connection: keep-alive"
    ),
    "the last one": GET.replace(b"X-One: 1", b"Connection: close"),
    "one that says keep-alive": GET.replace(b"X-One: 1", b"Connection: keep-alive"),
    "a path with escapes": GET.replace(b"/v2/one", b"/v2/o%6Ee%20"),
    "a whole address": GET.replace(b"/v2/one", b"http://a.example/v2/one"),
    "a path elsewhere": GET.replace(b"/v2/one", b"/elsewhere"),
    "the API's root": GET.replace(b"/v2/one", b"/v2"),
    "a question without words": GET.replace(b"a=b", b""),
    "two questions": GET.replace(b"a=b", b"a=b?c=d"),
    "a repeated header": GET.replace(b"X-One: 1", b"X-One: 1\r\nX-One: 2"),
    "a header of no value": GET.replace(b"X-One: 1", b"X-One:"),
    "nonsense": b"NONSENSE\r\n\r\n",
    "two lengths": POST.replace(b"Content-Length: 9", b"Content-Length: 9\r\nContent-Length: 8"),
    "a length and chunks": POST.replace(b"Content-Length: 9", b"Content-Length: 9\r\nTransfer-Encoding: chunked"),
}


# After one of these uvicorn refuses at once, before the answers to those that came earlier.
BROKEN = ("nonsense", "two lengths", "a length and chunks")


class Transport(asyncio.Transport):
    """What was written to it, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = self.closed_by_us = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Echo:
    """Answers with what it was asked, by either door."""

    begins_without_tasks = True

    def __init__(self, extra: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.straight = 0
        self.asked: list[tuple[Any, ...]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._extra = extra

    async def exchange(self, request: Request, body: bytes) -> Response:
        self.straight += 1
        return await self._answer(request, body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        request = Request(scope["method"], scope["path"], scope["query_string"], scope["headers"], scope["client"])
        response = await self._answer(request, body)
        await send({"type": "http.response.start", "status": response.status, "headers": headers_of(response.lines)})
        await send({"type": "http.response.body", "body": response.body})

    async def _answer(self, request: Request, body: bytes) -> Response:
        self.asked.append(
            (request.method, request.path, request.query_string, tuple(request.headers), request.client, body)
        )
        await self.may_answer.wait()
        content = repr(self.asked[-1]).encode()
        headers = (*PLAIN, *self._extra, (b"content-length", b"%d" % len(content)))
        return Response(200, lines_of(headers), b"" if request.method == "HEAD" else content)


def connected(
    kind: type[HttpToolsProtocol], app: Any, state: ServerState | None = None
) -> tuple[HttpToolsProtocol, Transport, ServerState]:
    """A connection of a kind to an application, without a socket."""
    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    transport, state = Transport(), state or ServerState()
    state.default_headers = [DATE]
    connection = kind(config, state, {})
    connection.connection_made(transport)
    return connection, transport, state


async def until_idle() -> None:
    """Until nobody can go on without another event; some may wait for the rest of a body."""
    for _ in range(20):
        await asyncio.sleep(0)


async def answered(kind: type[HttpToolsProtocol], pieces: list[bytes]) -> tuple[Transport, Echo]:
    """What a connection of a kind writes, when requests come in these pieces."""
    app = Echo()
    connection, transport, _ = connected(kind, app)
    for piece in pieces:
        if not transport.closed:
            connection.data_received(piece)
        await until_idle()
    transport.closed_by_us = transport.closed
    connection.connection_lost(None)
    await until_idle()
    return transport, app
