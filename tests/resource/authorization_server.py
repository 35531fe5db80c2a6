"""A Grantwell server on a port of this process, in a thread of its own: reachable by those who block, too.

Its clock is the test's. It can go away and come back, and counts what it is asked.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from tests.resource.serving import HttpServer
from tests.support.actors import Client
from tests.support.api import Api
from tests.support.clock import Clock
from tests.support.databases import DATABASES
from tests.support.processes import free_port
from tests.support.server import API_KEY, Server, settings_for

from grantwell.app import key_policy
from grantwell.protocol.changes import RevokeSigningKey
from grantwell.protocol.key_rotation import make_signing_key, plan_rotation_by_hand

T = TypeVar("T")
SCOPES = ("admin", "orders:read", "orders:write", "payments:write")
RESOURCE = "https://api.example.com"
PATIENCE_SECONDS = 20


class AuthorizationServer:
    """`origin` is its issuer, and `asked` how often which path was."""

    def __init__(self, directory: Path, clock: Clock, **settings: Any) -> None:
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._port = free_port()
        self.asked: Counter[str] = Counter()
        self.unwell = 0
        self.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve, on the same port as before."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.do(self._start())

    def stop(self) -> None:
        """Nobody answers at this address any more."""
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something where the server runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _start(self) -> None:
        scopes = [{"id": scope} for scope in SCOPES]
        settings = settings_for(self._directory, issuer=self.origin, scopes=scopes, **self._settings)
        backend = DATABASES["sqlite"].open(self._directory)
        self.server = await Server.start(settings, backend, self._clock)
        config = uvicorn.Config(self._counting, log_config=None, lifespan="off", interface="asgi3")
        self._http = HttpServer(config)
        listener = socket.create_server(("127.0.0.1", self._port))
        self._serving = asyncio.ensure_future(self._http.serve([listener]))
        await self._http.is_up.wait()

    async def _stop(self) -> None:
        self._http.should_exit = True
        self._http.force_exit = True
        await self._serving
        await self.server.stop()

    async def _counting(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked[scope["path"]] += 1
        if self.unwell:
            await send({"type": "http.response.start", "status": self.unwell, "headers": []})
            await send({"type": "http.response.body", "body": b"<html>unwell</html>"})
        else:
            await self.server.app(scope, receive, send)

    def token(self, scope: str = "orders:read", **fields: Any) -> str:
        """An access token that a client gets for itself; for the resource of these tests, unless told otherwise."""
        return self.token_of(self.client(), scope, **fields)

    def token_of(self, client: Client, scope: str = "orders:read", **fields: Any) -> str:
        """The same of a client that there is."""
        asked = {"scope": scope, "resource": RESOURCE} | fields
        return self.do(self.server.client_token(client, **asked))

    def client(self) -> Client:
        """A new client that may have every scope."""
        return self.do(self.server.make_client(allowed_scopes=SCOPES))

    def revoke(self, client: Client, token: str) -> None:
        assert self.do(self.server.revoke(client, token)).status_code == 200

    def api(self) -> Api:
        """For conversations in a test's own event loop."""
        return Api(httpx.AsyncClient(base_url=self.origin), API_KEY)

    def rotate(self, *, at_once: bool = False, revoke_the_old: bool = False) -> None:
        """As `grantwell signing-keys rotate` does, with `--now` or `--revoke`."""
        self.do(self._rotate(at_once=at_once, revoke_the_old=revoke_the_old))

    async def _rotate(self, *, at_once: bool, revoke_the_old: bool) -> None:
        app = self.server.app
        context = app.driver.context("test", "")
        rows = await app.backend.signing_keys()
        new = plan_rotation_by_hand(rows, context.now, key_policy(app.settings), at_once=at_once)
        ended = (RevokeSigningKey(rows[-1].kid, context.now),) if revoke_the_old else ()
        await app.backend.apply((*make_signing_key(new, context), *ended))
        await app.driver.key_ring.reload()
