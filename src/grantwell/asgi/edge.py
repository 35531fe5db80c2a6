"""The edge: what is the same for every HTTP request, in one function and not in a stack of middlewares.

Request id, Host, size, CORS, the answer's headers and the event, around the dispatcher. Whatever is not under the API
goes to the application behind, which serves the pages.
"""

from collections.abc import Callable
from time import perf_counter

from grantwell.asgi.dispatcher import Answer, Dispatcher
from grantwell.asgi.event import Event, Sink
from grantwell.asgi.exchange import Request, Response, headers_of
from grantwell.asgi.http import (
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
    client_address,
    media_type,
    single_headers,
    whole_body,
)
from grantwell.asgi.reply import encode_body, encode_lines
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
# A loopback name is answered for with any port.
REMEMBERED_HOSTS = 64
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
        self._own_hosts: set[bytes] = set()
        self._proxies = proxies
        self._clock = clock
        self._entropy = entropy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and tell of it."""
        client = scope.get("client")
        request = Request(scope["method"], scope["path"], scope["query_string"], scope["headers"], client)
        if not request.path.startswith(BASE) and self._dispatcher.allow(request.path) is None:
            response = await self._show_page(request, scope, receive, send)
        else:
            response = await self.exchange(request, receive)
        if response:
            headers = headers_of(response.lines)
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})

    async def exchange(self, request: Request, body: bytes | Receive) -> Response:
        """Answer one call of the API, whose body is here as a whole or yet to be received, and tell of it."""
        started = perf_counter()
        request_id, address = self._entropy(12).hex(), ""
        try:
            headers = single_headers(request.headers)
            address = client_address(request.client, headers, self._proxies)
            self._check_host(headers)
            answer = await self._answer(request, headers, body, request_id, address)
        except OAuthError as error:
            answer = self._dispatcher.refuse(error, None, request.path, request_id)
        self._tell(answer, request, request_id, address, perf_counter() - started)
        return _response(answer, request.method, request_id)

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"")
        if host in self._own_hosts:
            return
        if not self._hosts(host.decode("latin-1")):
            raise MisdirectedRequest("this server does not answer for that host", reason="host_unknown")
        if len(self._own_hosts) < REMEMBERED_HOSTS:
            self._own_hosts.add(host)

    async def _answer(
        self, request: Request, headers: dict[bytes, bytes], body: bytes | Receive, request_id: str, address: str
    ) -> Answer:
        method, path = request.method, request.path
        if method == "OPTIONS":
            return self._dispatcher.options(path, PREFLIGHT)
        content = await whole_body(body, headers) if method in ("POST", "PUT") else b""
        content_type = media_type(headers.get(b"content-type", b""))
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        call = Call(method, {}, request.query_string, content_type, authorization, content)
        return await self._dispatcher.dispatch(path, call, request_id, address, headers)

    def _tell(self, answer: Answer, request: Request, request_id: str, address: str, seconds: float) -> None:
        self._sink(
            Event(
                self._clock(),
                request_id,
                address,
                request.method,
                answer.route or request.path[:LOGGED_PATH],
                answer.operation_id,
                answer.reply.status,
                answer.reason,
                answer.client_id,
                answer.credential,
                seconds,
                answer.grant_type,
            )
        )

    async def _show_page(self, request: Request, scope: Scope, receive: Receive, send: Send) -> Response | None:
        """Let the pages answer; a response is there only where they were not asked."""
        started = perf_counter()
        request_id, address = self._entropy(12).hex(), ""
        response, answer = None, Answer(Reply(500), PAGE, "bug")
        try:
            headers = single_headers(request.headers)
            address = client_address(request.client, headers, self._proxies)
            self._check_host(headers)
            answer = await self._pass_on(scope, receive, send, request_id, address)
        except OAuthError as error:
            answer = self._dispatcher.refuse(error, None, request.path, request_id)
            response = _response(answer, request.method, request_id)
        finally:
            # A page's failure is logged by what serves us. Here it is only counted.
            self._tell(answer, request, request_id, address, perf_counter() - started)
        return response

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, request_id: str, address: str) -> Answer:
        """Let the pages answer.

        From the scope's state they know the request id and the address, and there they leave why they refuse.
        """
        status = 500

        async def send_with_request_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        state = {**scope.get("state", {}), "request_id": request_id, "address": address, "reason": ""}
        scope["state"] = state
        await self._behind(scope, receive, send_with_request_id)
        # Whoever forgets to say why shall not be taken for an answer that is none.
        reason = (state["reason"] or "page_refused") if status >= 400 else ""
        return Answer(Reply(status), PAGE, reason)


def _response(answer: Answer, method: str, request_id: str) -> Response:
    reply = answer.reply
    body = encode_body(reply)
    lines = encode_lines(reply.headers, reply.content_type if body else "", answer.cors)
    # What stands in these two is ours, so that there is no line break to look for.
    lines += b"x-request-id: %b\r\n" % request_id.encode()
    if reply.status != 204:
        lines += b"content-length: %d\r\n" % len(body)
    return Response(reply.status, lines, b"" if method == "HEAD" else body)
