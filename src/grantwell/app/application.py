"""The whole server as one ASGI application."""

from grantwell import __version__
from grantwell.app.observation import Observation
from grantwell.app.parts import Clock, Entropy, key_policy, plans_of, server_of
from grantwell.app.registered import ALL_OPERATIONS
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.background import Background
from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.documents import Documents
from grantwell.asgi.driver import Driver
from grantwell.asgi.edge import Edge
from grantwell.asgi.event import Sink
from grantwell.asgi.health import Health
from grantwell.asgi.hosts import host_check
from grantwell.asgi.http import ASGIApp, Receive, Scope, Send
from grantwell.asgi.key_ring import KeyRing
from grantwell.asgi.later import Later
from grantwell.asgi.limits import Limits
from grantwell.asgi.openapi import openapi_document
from grantwell.protocol.authorization_errors import AuthorizationPageError
from grantwell.protocol.consent_token import browser_binding
from grantwell.protocol.context import Server
from grantwell.protocol.store import Backend
from grantwell.settings import Settings


class Application:
    """The whole server as an ASGI application. `start` and `stop` are also the ASGI lifespan."""

    def __init__(
        self,
        settings: Settings,
        backend: Backend,
        *,
        clock: Clock,
        entropy: Entropy,
        sink: Sink,
        observation: Observation | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._log = sink if isinstance(sink, AccessLog) else None
        self._observation = observation or Observation(settings)
        self.backend = backend
        server = server_of(settings)
        self._key_ring = KeyRing(backend, server.secrets.signing_keys, key_policy(settings), clock)
        limits = Limits(settings.rate_limits)
        self.driver = Driver(server, backend, self._key_ring, limits, clock=clock, entropy=entropy)
        self.dispatcher = Dispatcher(self.driver, ALL_OPERATIONS, _error_page)
        self._pages = Later(lambda: _pages(self.dispatcher, server))
        self.background = Background(self.driver, plans_of(settings), self._flush_log)
        self._answer = self._observation.around(self._edge(self._observation.sink(sink), entropy))

    def _edge(self, sink: Sink, entropy: Entropy) -> Edge:
        return Edge(
            self.dispatcher,
            Health(self.backend, self._key_ring, self._pages),
            sink,
            hosts=host_check(self.settings.issuer, self.settings.allowed_hosts),
            proxies=self.settings.trusted_proxies,
            clock=self._clock,
            entropy=entropy,
        )

    async def start(self) -> None:
        """Read the keys and begin the background work."""
        await self._key_ring.reload()
        self.background.start(self._pages.made)
        await self._observation.start(self.driver, self.background, self._clock, self._lines_lost)

    def _flush_log(self) -> None:
        if self._log:
            self._log.flush()

    def _lines_lost(self) -> int:
        return self._log.lost if self._log else 0

    async def stop(self) -> None:
        """End the background work, write what was only in memory, and close the database."""
        await self.background.stop()
        await self._observation.stop()
        await self.backend.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _pages(dispatcher: Dispatcher, server: Server) -> ASGIApp:
    from grantwell.asgi.in_process import InProcessTransport  # noqa: PLC0415 - see Later
    from grantwell.pages import create_pages  # noqa: PLC0415 - see Later

    secure = server.issuer.startswith("https:")
    document = openapi_document(ALL_OPERATIONS, server.issuer, __version__)
    pages = create_pages(
        issuer=server.issuer,
        transport=InProcessTransport(dispatcher, {"/openapi.json": document}),
        consent_binding=lambda token: browser_binding(token, secure=secure),
    )
    return Documents(document, pages)


def _error_page(error: AuthorizationPageError, request_id: str) -> str:
    from grantwell.pages import render_authorization_error  # noqa: PLC0415 - see Later

    return render_authorization_error(error.page_status, error.page_error, error.description, error.reason, request_id)
