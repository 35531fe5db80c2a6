"""In front of any ASGI application: no request comes through without a token that is good for it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any, TypeAlias

from grantwell.resource.answers import HttpAnswer, metadata_answer, metadata_paths, refusal_answer
from grantwell.resource.bearer import read_bearer
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class ResourceMetadata:
    """Serves the metadata of a protected resource (RFC 9728), and passes everything else on."""

    def __init__(self, app: ASGIApp, resource: ProtectedResource) -> None:
        self.app = app
        self._answer = metadata_answer(resource)
        self._paths = metadata_paths(resource)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and self.is_at(scope["path"]):
            await send_answer(send, self._answer, scope)
        else:
            await self.app(scope, receive, send)

    def is_at(self, path: str) -> bool:
        """Whether the metadata are at this path, or at it less a slash at its end."""
        return path.removesuffix("/") in self._paths


class RequireToken:
    """Lets requests through that carry a good access token, and serves the metadata that tell where to get one.

    The application finds the token as `scope["state"]["access_token"]`, which in Starlette and FastAPI is
    `request.state.access_token`.

    Args:
        app: the application.
        resource: the API that it is.
        scopes: what every request needs; or a function that says it of a request's scope.
        public: the paths that need no token, each with all that is below it.
    """

    def __init__(
        self,
        app: ASGIApp,
        resource: ProtectedResource,
        scopes: Collection[str] | Callable[[Scope], Collection[str]] = (),
        public: Iterable[str] = (),
    ) -> None:
        self.app = app
        self._resource = resource
        self._scopes = scopes
        self._public = tuple(path.rstrip("/") for path in public)
        self._metadata = ResourceMetadata(app, resource)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, self._closing_at_the_end(send))
        elif scope["type"] not in ("http", "websocket") or self._is_public(scope):
            await self._metadata(scope, receive, send)
        else:
            await self._judge(scope, receive, send)

    def _is_public(self, scope: Scope) -> bool:
        path = scope["path"]
        if any(path == public or path.startswith(f"{public}/") for public in self._public):
            return True
        if scope["type"] == "websocket":
            return False
        # A browser asks before it sends a token (CORS), and can send none with the question.
        is_preflight = scope["method"] == "OPTIONS" and headers_of(scope, b"access-control-request-method")
        return bool(is_preflight) or self._metadata.is_at(path)

    async def _judge(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            token = await self._resource.verify_async(bearer_of(scope), self._needed(scope))
        except TokenRefused as refusal:
            await send_answer(send, refusal_answer(self._resource, refusal), scope)
        else:
            state = {**scope.get("state", {}), "access_token": token}
            await self.app({**scope, "state": state}, receive, send)

    def _needed(self, scope: Scope) -> Collection[str]:
        return self._scopes(scope) if callable(self._scopes) else self._scopes

    def _closing_at_the_end(self, send: Send) -> Send:
        async def closing(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._resource.aclose()
            await send(message)

        return closing


def headers_of(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header; the name is in lower case."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def bearer_of(scope: Scope) -> str:
    """The token of a request, or the empty string. Raises TokenRefused."""
    return read_bearer(headers_of(scope, b"authorization"), scope["query_string"].decode("latin-1"))


async def send_answer(send: Send, answer: HttpAnswer, scope: Scope) -> None:
    """Send a whole answer; to a websocket that is not accepted, as far as the server can."""
    kind = "http" if scope["type"] == "http" else "websocket.http"
    if kind == "websocket.http" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    described = (("content-type", "application/json"), ("content-length", str(len(answer.body))), *answer.headers)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in described]
    await send({"type": f"{kind}.response.start", "status": answer.status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": b"" if scope.get("method") == "HEAD" else answer.body})
