"""A transport for our own pages: the same operations, without a socket, below the edge."""

import httpx

from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.reply import encode_body

ADDRESS_HEADER = "x-grantwell-address"
REQUEST_ID_HEADER = "x-request-id"


class InProcessTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests to the dispatcher. The person's network address comes in a header of its own."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = request.headers
        answer = await self._dispatcher.dispatch(
            request.method,
            request.url.path,
            request.url.query,
            headers.get("content-type", "").partition(";")[0].strip().lower(),
            headers.get("authorization", ""),
            await request.aread(),
            headers.get(ADDRESS_HEADER, ""),
            headers.get(REQUEST_ID_HEADER, "") or "in-process",
        )
        reply = answer.reply
        return httpx.Response(
            reply.status,
            headers=[*reply.headers, ("content-type", reply.content_type)],
            content=encode_body(reply),
            request=request,
        )
