"""The API that the demo protects: it has orders, and asks the authorization server about every token (RFC 7662)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from grantwell.sdk import Grantwell

SCOPE = "orders:read"
ORDERS = b'{"orders": ["two lamps", "a kettle"]}'


class OrdersApi:
    """Whom a token must be for, and with which credentials the API asks about it; both are known once it listens."""

    def __init__(self, sdk: Grantwell) -> None:
        self._sdk = sdk
        self.resource = ""
        self.client_id = ""
        self.client_secret = ""

    def admits(self, authorization: str | None) -> bool:
        """Whether a request with this header may see orders: the token is live, for this API, and for orders."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        said = self._sdk.oauth.introspect(token=token, client_id=self.client_id, client_secret=self.client_secret)
        return said.active and said.aud == self.resource and SCOPE in (said.scope or "").split(" ")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    api: OrdersApi

    def do_GET(self) -> None:
        """Answer with the orders, or ask for a token (RFC 6750 section 3)."""
        if self.api.admits(self.headers.get("Authorization")):
            self._answer(200, ORDERS, ("Content-Type", "application/json"))
        else:
            self._answer(401, b"", ("WWW-Authenticate", f'Bearer scope="{SCOPE}"'))

    def _answer(self, status: int, body: bytes, header: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Say nothing: the story does."""


@contextmanager
def listening(api: OrdersApi) -> Iterator[None]:
    """Serve the API on a free port until the block ends."""
    handler = type("HandlerOfOrders", (Handler,), {"api": api})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        api.resource = f"http://127.0.0.1:{server.server_address[1]}/orders"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
