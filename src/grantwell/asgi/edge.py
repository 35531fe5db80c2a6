"""The edge: what is the same for every HTTP request, in one function and not in a stack of middlewares.

Request id, Host, size, CORS, the answer's headers and the event, around the dispatcher. Whatever is not under the API
goes to the application behind, which serves the pages.
"""

from collections.abc import Callable
from time import perf_counter

from grantwell.asgi.dispatcher import Answer, Dispatcher
from grantwell.asgi.event import Event, Sink
from grantwell.asgi.http import (
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
    client_address,
    media_type,
    read_body,
    single_headers,
)
from grantwell.asgi.reply import encode_body, encode_headers
from grantwell.asgi.routes import BASE
from grantwell.protocol.call import Call
from grantwell.protocol.errors import MisdirectedRequest, OAuthError
from grantwell.protocol.outcome import Reply

PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "*, Authorization"),
    ("Access-Control-Max-Age", "600"),
)
# What the application behind has answered by itself.
PAGE = "page"
# Of a path that nothing lives at, this much is logged.
LOGGED_PATH = 100


class Edge:
    """The ASGI application for HTTP. `hosts` are the Host values that it answers for."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        behind: ASGIApp,
        sink: Sink,
        *,
        hosts: Callable[[str], bool],
        proxies: tuple[str, ...],
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._dispatcher = dispatcher
        self._behind = behind
        self._sink = sink
        self._hosts = hosts
        self._proxies = proxies
        self._clock = clock
        self._entropy = entropy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and tell of it."""
        started = perf_counter()
        request_id, address = self._entropy(12).hex(), ""
        try:
            headers = single_headers(scope["headers"])
            address = client_address(scope.get("client"), headers, self._proxies)
            answer = await self._answer(scope, headers, receive, send, request_id, address)
        except OAuthError as error:
            answer = self._dispatcher.refuse(error, None, scope["path"], request_id)
        except Exception:
            # Of a page: what serves us logs it. Here it is only counted.
            self._tell(Answer(Reply(500), PAGE, "bug"), scope, request_id, address, perf_counter() - started)
            raise
        if answer.operation_id != PAGE:
            await _respond(answer, scope["method"], request_id, send)
        self._tell(answer, scope, request_id, address, perf_counter() - started)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send, request_id: str, address: str
    ) -> Answer:
        method, path = scope["method"], scope["path"]
        if not self._hosts(headers.get(b"host", b"").decode("latin-1")):
            raise MisdirectedRequest("this server does not answer for that host", reason="host_unknown")
        if not path.startswith(BASE) and self._dispatcher.allow(path) is None:
            return await self._pass_on(scope, receive, send, request_id, address)
        if method == "OPTIONS":
            return self._dispatcher.options(path, PREFLIGHT)
        body = await read_body(receive, headers) if method in ("POST", "PUT") else b""
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        call = Call(method, {}, scope["query_string"], media_type(headers), authorization, body)
        return await self._dispatcher.dispatch(path, call, request_id, address, headers)

    def _tell(self, answer: Answer, scope: Scope, request_id: str, address: str, seconds: float) -> None:
        self._sink(
            Event(
                self._clock(),
                request_id,
                address,
                scope["method"],
                answer.route or scope["path"][:LOGGED_PATH],
                answer.operation_id,
                answer.reply.status,
                answer.reason,
                answer.client_id,
                answer.credential,
                seconds,
                answer.grant_type,
            )
        )

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, request_id: str, address: str) -> Answer:
        """Let the pages answer; they know the request id and the address from the scope's state."""
        status = 500

        async def send_with_request_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "address": address}
        await self._behind(scope, receive, send_with_request_id)
        return Answer(Reply(status), PAGE)


async def _respond(answer: Answer, method: str, request_id: str, send: Send) -> None:
    reply = answer.reply
    body = encode_body(reply)
    headers = [
        *encode_headers(reply.headers, reply.content_type if body else "", answer.cors),
        (b"x-request-id", request_id.encode()),
    ]
    if reply.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
