"""An issuer that says whatever a test wants: for what our own never says, and for servers that misbehave."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.support.clock import NOON

METADATA, JWKS, INTROSPECT = "/.well-known/oauth-authorization-server", "/jwks", "/introspect"


class Issuer:
    """`answers` are its bodies by path, and `headers` go with each of them."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        metadata = {
            "issuer": origin,
            "jwks_uri": f"{origin}{JWKS}",
            "introspection_endpoint": f"{origin}{INTROSPECT}",
        }
        self.answers: dict[str, Any] = {METADATA: metadata, JWKS: {"keys": [self.key.as_dict(private=False)]}}
        self.status = 200
        self.drips = False
        self.headers: dict[str, str] = {}
        self.received: list[tuple[str, dict[str, str], bytes]] = []

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Signed with its key."""
        said = {"iss": self.origin, "aud": "https://api.example.com", "sub": "ada", "exp": int(NOON) + 60} | claims
        return jwt.encode({"alg": "ES256", "kid": "one", "typ": "at+jwt"} | (header or {}), said, self.key)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            made.received.append((self.path, dict(self.headers), body))
            found = made.answers.get(self.path)
            said = found if isinstance(found, bytes) else msgspec.json.encode(found)
            self.send_response(made.status if found is not None else 404)
            length = {} if made.drips else {"Content-Length": str(len(said))}
            for name, value in (length | made.headers).items():
                self.send_header(name, value)
            self.end_headers()
            if made.drips:
                self.drip()
            else:
                self.wfile.write(said)

        def drip(self) -> None:
            """A byte now and then, for as long as somebody reads."""
            with suppress(OSError):
                while True:
                    self.wfile.write(b" ")
                    time.sleep(0.02)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
