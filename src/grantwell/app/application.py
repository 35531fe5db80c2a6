"""The whole server as one ASGI application."""

from grantwell.app.observation import Observation
from grantwell.app.pages import Pages
from grantwell.app.parts import Clock, Entropy, key_policy, plans_of, server_of
from grantwell.app.registered import ALL_OPERATIONS
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.background import Background
from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.driver import Driver
from grantwell.asgi.edge import Edge
from grantwell.asgi.event import Sink
from grantwell.asgi.exchange import Exchange
from grantwell.asgi.health import Health
from grantwell.asgi.hosts import host_check
from grantwell.asgi.http import Receive, Scope, Send
from grantwell.asgi.key_ring import KeyRing
from grantwell.asgi.limits import Limits
from grantwell.asgi.unheard import refused_by
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
        self.settings, self.backend, self._clock = settings, backend, clock
        self._log = sink if isinstance(sink, AccessLog) else None
        self._observation = observation or Observation(settings, clock)
        server = server_of(settings)
        self._key_ring = KeyRing(backend, server.secrets.signing_keys, key_policy(settings), clock)
        limits, counted = Limits(settings.rate_limits), self._observation.history.counted
        self.driver = Driver(server, backend, self._key_ring, limits, clock=clock, entropy=entropy, counted=counted)
        self._pages = Pages(lambda: self.dispatcher, server, settings, clock)
        self.dispatcher = Dispatcher(self.driver, ALL_OPERATIONS, self._pages.refusal)
        self.background = Background(self.driver, plans_of(settings), self._flush_log)
        told = self._observation.sink(sink)
        edge, self.refused = self._edge(told, entropy), refused_by(told, clock, entropy)
        self._answer = self._observation.around(edge)
        # For calls that need no ASGI. Whoever watches each request stands in its way.
        self.exchange: Exchange | None = edge.exchange if self._answer is edge else None

    @property
    def begins_without_tasks(self) -> bool:
        """Whether calls may begin outside tasks. What waits for a connection sets a time limit, and needs one."""
        return self.backend.reads_at_once

    def _edge(self, sink: Sink, entropy: Entropy) -> Edge:
        return Edge(
            self.dispatcher,
            Health(self.backend, self._key_ring, self._pages.app),
            sink,
            hosts=host_check(self.settings.issuer, self.settings.allowed_hosts),
            proxies=self.settings.trusted_proxies,
            clock=self._clock,
            entropy=entropy,
        )

    async def start(self) -> None:
        """Read the keys and begin the background work."""
        await self._key_ring.reload()
        self.background.start(self._pages.app.made)
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
