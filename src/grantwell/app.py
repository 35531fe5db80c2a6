"""The composition root: joins the rooms, nothing else."""

import os
import time
from collections.abc import Callable

from grantwell import __version__
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.background import Background, Plans
from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.documents import Documents
from grantwell.asgi.driver import Driver
from grantwell.asgi.edge import Edge
from grantwell.asgi.event import Sink
from grantwell.asgi.first_start import Administrator, Prepared, first_start
from grantwell.asgi.health import Health
from grantwell.asgi.hosts import host_check
from grantwell.asgi.http import ASGIApp, Receive, Scope, Send
from grantwell.asgi.key_ring import KeyRing
from grantwell.asgi.later import Later
from grantwell.asgi.limits import Limits
from grantwell.asgi.openapi import openapi_document
from grantwell.asgi.routes import BASE
from grantwell.asgi.serving import run
from grantwell.extensions import EXTENSIONS
from grantwell.jobs.clean_up import plan_clean_up
from grantwell.jobs.signing_keys import plan_rotation
from grantwell.operations import OPERATIONS
from grantwell.protocol.authorization_errors import AuthorizationPageError
from grantwell.protocol.consent_token import browser_binding
from grantwell.protocol.context import Context, Server
from grantwell.protocol.grant_types import GRANT_TYPES
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.keys import KeySet
from grantwell.protocol.server_secrets import ServerSecrets, server_secrets
from grantwell.protocol.store import Backend
from grantwell.settings import Settings
from grantwell.storage.database import data_dir_of, open_database
from grantwell.storage.secret_file import read_or_make_secret

open_backend = open_database

Clock = Callable[[], float]
Entropy = Callable[[int], bytes]
SECRET_FILE = "secret.hex"  # noqa: S105 - a name
ALL_OPERATIONS = (*OPERATIONS, *(operation for extension in EXTENSIONS for operation in extension.operations))
ALL_GRANT_TYPES = (*GRANT_TYPES, *(grant_type for extension in EXTENSIONS for grant_type in extension.grant_types))


def secrets_of(settings: Settings) -> ServerSecrets:
    """The server's secrets: those given, or the embedded installation's own."""
    return server_secrets(settings.secret or (read_or_make_secret(data_dir_of(settings) / SECRET_FILE),))


def server_of(settings: Settings) -> Server:
    """This authorization server, as registered operations and settings describe it."""
    advertised = tuple(
        (each.documentation.advertised_as, f"{settings.issuer}{BASE}{each.path}")
        for each in ALL_OPERATIONS
        if each.documentation.advertised_as
    )
    metadata = tuple(entry for extension in EXTENSIONS for entry in extension.metadata)
    grant_types = tuple(grant_type.name for grant_type in ALL_GRANT_TYPES)
    return settings.server(advertised, metadata, grant_types, secrets_of(settings))


def key_policy(settings: Settings) -> KeyPolicy:
    """How long signing keys live. A key is published for twice as long as the key set may be cached."""
    return KeyPolicy(
        settings.signing_algorithm,
        settings.signing_key_days * 86400,
        2 * settings.jwks_max_age_seconds + 60,
        settings.access_token_seconds,
    )


def operator_context(server: Server, *, clock: Clock = time.time, entropy: Entropy = os.urandom) -> Context:
    """The circumstances of something that an operator does at the command line."""
    return Context(server, KeySet(()), int(clock()), entropy, "cli", "")


def plans_of(settings: Settings) -> Plans:
    """The jobs, with this installation's policies."""
    policy = key_policy(settings)
    return Plans(
        lambda rows, now: plan_rotation(rows, now, policy),
        lambda now: plan_clean_up(
            now,
            token_seconds=settings.access_token_seconds,
            lineage_seconds=settings.lineage_seconds,
            reap_seconds=settings.reap_after_seconds,
        ),
    )


class Application:
    """The whole server as an ASGI application. `start` and `stop` are also the ASGI lifespan."""

    def __init__(self, settings: Settings, backend: Backend, *, clock: Clock, entropy: Entropy, sink: Sink) -> None:
        self.settings = settings
        self.backend = backend
        server = server_of(settings)
        policy = key_policy(settings)
        self._key_ring = KeyRing(backend, server.secrets.signing_keys, policy, clock)
        limits = Limits(settings.rate_limits)
        self.driver = Driver(server, backend, self._key_ring, limits, clock=clock, entropy=entropy)
        self.dispatcher = Dispatcher(self.driver, ALL_OPERATIONS, _error_page)
        self._pages = Later(lambda: _pages(self.dispatcher, server))
        flush = sink.flush if isinstance(sink, AccessLog) else lambda: None
        self.background = Background(self.driver, plans_of(settings), flush)
        self._edge = Edge(
            self.dispatcher,
            Health(backend, self._key_ring, self._pages),
            sink,
            hosts=host_check(settings.issuer, settings.allowed_hosts),
            proxies=settings.trusted_proxies,
            clock=clock,
            entropy=entropy,
        )

    async def start(self) -> None:
        """Read the keys and begin the background work."""
        await self._key_ring.reload()
        self.background.start(self._pages.made)

    async def stop(self) -> None:
        """End the background work, write what was only in memory, and close the database."""
        await self.background.stop()
        await self.backend.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "http":
            await self._edge(scope, receive, send)
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


async def create_app(
    settings: Settings,
    *,
    clock: Clock = time.time,
    entropy: Entropy = os.urandom,
    backend: Backend | None = None,
    sink: Sink | None = None,
) -> tuple[Application, Prepared]:
    """Open (or take) a database, prepare it, and make the application; it serves after `start`. Raises CannotOpen."""
    context = operator_context(server_of(settings), clock=clock, entropy=entropy)
    who = Administrator(*(getattr(settings, f"bootstrap_{name}") for name in Administrator.__struct_fields__))
    opened = backend or await open_backend(settings, lock=True)
    try:
        prepared = await first_start(opened, context, plans_of(settings), who)
    except BaseException:
        await opened.close()
        raise
    log = sink or AccessLog(settings.log_format)
    return Application(settings, opened, clock=clock, entropy=entropy, sink=log), prepared


def serve(settings: Settings, announce: Callable[[Prepared], None]) -> None:
    """Serve until told to stop. `announce` is called once everything is ready, before the first request.

    Raises CannotOpen, CannotServe and StorageUnavailable.
    """

    async def make() -> tuple[Application, Callable[[], None]]:
        app, prepared = await create_app(settings)
        return app, lambda: announce(prepared)

    run(make, settings.host, settings.port, settings.shutdown_seconds)
