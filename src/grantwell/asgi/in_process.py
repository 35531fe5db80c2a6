"""A transport for our own pages: the same operations, without a socket, below the edge."""

from collections.abc import Mapping
from typing import Any

import httpx

from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.reply import encode_body
from grantwell.protocol.call import Call

ADDRESS_HEADER = "x-grantwell-address"
REQUEST_ID_HEADER = "x-request-id"
# Beside the answer, for it is never in a body.
REASON_EXTENSION = "grantwell_reason"


class InProcessTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests to the dispatcher. The person's network address comes in a header of its own.

    `documents` are JSON documents by path, which are no operations: the description of the API.
    """

    def __init__(self, dispatcher: Dispatcher, documents: Mapping[str, Any]) -> None:
        self._dispatcher = dispatcher
        self._documents = documents

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = request.headers
        if request.url.path in self._documents:
            return httpx.Response(200, json=self._documents[request.url.path], request=request)
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        call = Call(
            request.method, {}, request.url.query, content_type, headers.get("authorization", ""), await request.aread()
        )
        request_id = headers.get(REQUEST_ID_HEADER, "")
        answer = await self._dispatcher.dispatch(request.url.path, call, request_id, headers.get(ADDRESS_HEADER, ""))
        reply = answer.reply
        return httpx.Response(
            reply.status,
            headers=[*reply.headers, ("content-type", reply.content_type)],
            content=encode_body(reply),
            extensions={REASON_EXTENSION: answer.reason},
            request=request,
        )
