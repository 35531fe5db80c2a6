"""The composition root: joins the rooms, nothing else."""

import os
import time
from collections.abc import Callable

from grantwell.app.application import Application
from grantwell.app.parts import (
    SECRET_FILE,
    Clock,
    Entropy,
    key_policy,
    open_backend,
    operator_context,
    plans_of,
    secrets_of,
    server_of,
)
from grantwell.app.registered import ALL_GRANT_TYPES, ALL_OPERATIONS
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.event import Sink
from grantwell.asgi.first_start import Administrator, Prepared, first_start
from grantwell.asgi.serving import run
from grantwell.protocol.store import Backend
from grantwell.settings import Settings

__all__ = [
    "ALL_GRANT_TYPES",
    "ALL_OPERATIONS",
    "SECRET_FILE",
    "Application",
    "Prepared",
    "create_app",
    "key_policy",
    "open_backend",
    "operator_context",
    "plans_of",
    "secrets_of",
    "serve",
    "server_of",
]


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
