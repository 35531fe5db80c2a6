"""The way in: every request of the program under test passes here, and meets the faults that wait for it."""

import asyncio
import math
from collections.abc import Callable
from http import HTTPStatus

from msgspec import Struct

from grantwell.app import ALL_OPERATIONS, Application
from grantwell.asgi.http import Message, Receive, Scope, Send
from grantwell.asgi.reply import encode_body, encode_headers
from grantwell.asgi.routes import Routes
from grantwell.asgi.wire_errors import ServerError
from grantwell.protocol.errors import OAuthError, TemporarilyUnavailable, TooManyRequests
from grantwell.protocol.operation import Operation
from grantwell.testing.faults import Fault, Faults

ASKED_FOR = "the test asked for this"
OWN_ERRORS: dict[int, Callable[[], OAuthError]] = {
    429: lambda: TooManyRequests(ASKED_FOR, reason="fault", retry_after=1),
    500: lambda: ServerError(ASKED_FOR, reason="fault"),
    503: lambda: TemporarilyUnavailable(ASKED_FOR, reason="fault"),
}


class ConnectionDropped(Exception):
    """The connection ends here, without an answer."""


class SeenRequest(Struct):
    """A request of the program under test.

    Attributes:
        operation: its id, as the server's OpenAPI document names it; empty for pages and paths that are none.
        method: the HTTP method.
        path: without the query.
        status: what it was answered with; None where it was not.
        fault: what struck it; empty where nothing did.
    """

    operation: str
    method: str
    path: str
    status: int | None = None
    fault: str = ""


class Entrance:
    """The ASGI application before the server. `seen` are all requests, in the order in which they came."""

    def __init__(self, app: Application) -> None:
        self.faults = Faults(operation.operation_id for operation in ALL_OPERATIONS)
        self.seen: list[SeenRequest] = []
        self._app = app
        self._routes = Routes(ALL_OPERATIONS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or play the fault that is next. Raises ConnectionDropped."""
        operation = self._operation(scope["method"], scope["path"])
        seen = SeenRequest(operation.operation_id if operation else "", scope["method"], scope["path"])
        self.seen.append(seen)
        fault = self.faults.take(seen.operation)
        seen.fault = str(fault or "")

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            await send(message)

        if fault is None:
            await self._app(scope, receive, note_and_send)
        else:
            await self._play(fault, operation, scope, receive, note_and_send)

    def _operation(self, method: str, path: str) -> Operation | None:
        found = self._routes.find(path)
        return found[0].by_method.get("GET" if method == "HEAD" else method) if found else None

    async def _play(
        self, fault: Fault, operation: Operation | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if fault.kind == "answer":
            await self._refuse(fault, operation, scope, send)
            return
        answer: list[Message] = []
        if fault.kind != "drop":
            await self._app(scope, receive, _keep(answer))
        if fault.kind != "delay":
            raise ConnectionDropped
        await asyncio.sleep(fault.seconds or 0)
        for message in answer:
            await send(message)

    async def _refuse(self, fault: Fault, operation: Operation | None, scope: Scope, send: Send) -> None:
        if fault.status in OWN_ERRORS:
            error = OWN_ERRORS[fault.status]()
            answer = self._app.dispatcher.refuse(error, operation, scope["path"], "fault")
            body, reply = encode_body(answer.reply), answer.reply
            headers = dict(encode_headers(reply.headers, reply.content_type, answer.cors))
        else:
            body = f"<html><h1>{fault.status} {HTTPStatus(fault.status).phrase}</h1></html>".encode()
            headers = {b"content-type": b"text/html"}
        headers |= _retry_after(fault.seconds) | {b"content-length": str(len(body)).encode()}
        await send({"type": "http.response.start", "status": fault.status, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _keep(answer: list[Message]) -> Send:
    async def send(message: Message) -> None:
        answer.append(message)

    return send


def _retry_after(seconds: float | None) -> dict[bytes, bytes]:
    """RFC 9110 section 10.2.3 knows whole seconds only."""
    if seconds is None:
        return {}
    headers = {b"retry-after": str(math.ceil(seconds)).encode()}
    return headers if seconds == int(seconds) else headers | {b"retry-after-ms": f"{seconds * 1000:g}".encode()}
