"""`/healthz` and `/readyz`, for whatever keeps the server running."""

from grantwell.asgi.http import ASGIApp, Receive, Scope, Send
from grantwell.asgi.key_ring import KeyRing
from grantwell.protocol.store import Backend, StorageUnavailable


async def send_json(send: Send, status: int, body: bytes, method: str = "GET") -> None:
    """Answer with a small JSON document."""
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


class Health:
    """Answers the two paths, and passes everything else on."""

    def __init__(self, backend: Backend, key_ring: KeyRing, behind: ASGIApp) -> None:
        self._backend = backend
        self._key_ring = key_ring
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say whether the process is up, or whether it can do its work."""
        path = scope["path"]
        if path == "/healthz":
            await send_json(send, 200, b'{"status":"ok"}', scope["method"])
        elif path == "/readyz":
            missing, reason = await self._missing()
            # Where the edge looks for it.
            scope.setdefault("state", {})["reason"] = reason
            body = b'{"status":"ok"}' if not missing else f'{{"status":"unavailable","missing":"{missing}"}}'.encode()
            await send_json(send, 503 if missing else 200, body, scope["method"])
        else:
            await self._behind(scope, receive, send)

    async def _missing(self) -> tuple[str, str]:
        """What is missing, and the code for it; twice nothing where all is there."""
        try:
            await self._backend.check()
        except StorageUnavailable:
            return "database", "storage_unavailable"
        if not self._key_ring.keys.keys:
            return "signing keys", "signing_keys_missing"
        return "", ""
