"""From httpx to the server without a socket; for `httpx.Client` and `httpx.AsyncClient` alike."""

import asyncio
from concurrent.futures import Future, wait

import httpx

from grantwell.asgi.http import ASGIApp
from grantwell.testing.entrance import ConnectionDropped
from grantwell.testing.loop_thread import LoopThread


class InProcessTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries requests to the server's own thread, whatever address they name. Heeds the read time-out of httpx.

    As with a real server, a request is carried out even if whoever sent it does not wait for its answer. Asynchronous
    clients live on asyncio.
    """

    def __init__(self, thread: LoopThread, app: ASGIApp, address: str) -> None:
        """`address` is where the requests come from, as far as the server can tell."""
        self._thread = thread
        self._asgi = httpx.ASGITransport(app=app, client=(address, 40000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        request.read()
        answer = self._begin(request)
        wait([answer], read_timeout(request))
        return self._end(answer, request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        answer = self._begin(request)
        await asyncio.wait([asyncio.wrap_future(answer)], timeout=read_timeout(request))
        return self._end(answer, request)

    def _begin(self, request: httpx.Request) -> Future[httpx.Response]:
        if not self._thread.is_running:
            raise httpx.ConnectError("this test's server has ended", request=request)
        return self._thread.begin(self._answer(request))

    def _end(self, answer: Future[httpx.Response], request: httpx.Request) -> httpx.Response:
        if not answer.done():
            raise httpx.ReadTimeout("no answer in time", request=request)
        try:
            return answer.result()
        except ConnectionDropped:
            # Words and class are those of httpx for a connection that ends.
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._asgi.handle_async_request(request)
        body = httpx.ByteStream(await answer.aread())
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body)


def read_timeout(request: httpx.Request) -> float | None:
    """In seconds; None is no limit."""
    timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
    return timeouts.get("read")
