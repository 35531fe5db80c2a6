"""`/openapi.json`, encoded once."""

from typing import Any

import msgspec

from grantwell.asgi.health import send_json
from grantwell.asgi.http import ASGIApp, Receive, Scope, Send


class Documents:
    """Answers the document, and passes everything else on."""

    def __init__(self, document: dict[str, Any], behind: ASGIApp) -> None:
        self._body = msgspec.json.encode(document)
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"] == "/openapi.json" and scope["method"] in ("GET", "HEAD"):
            await send_json(send, 200, self._body, scope["method"])
        else:
            await self._behind(scope, receive, send)
