"""From settings to an application: open the database, prepare it, join the rooms."""

import os
import time
from contextlib import AsyncExitStack

from grantwell.app.application import Application
from grantwell.app.branding import check_brand
from grantwell.app.external import check_external_login
from grantwell.app.observation import Observation
from grantwell.app.parts import Clock, Entropy, open_backend, operator_context, plans_of, server_of
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.event import Sink
from grantwell.asgi.first_start import Administrator, Prepared, first_start
from grantwell.protocol.store import Backend
from grantwell.settings import Settings


async def create_app(
    settings: Settings,
    *,
    clock: Clock = time.time,
    entropy: Entropy = os.urandom,
    backend: Backend | None = None,
    sink: Sink | None = None,
) -> tuple[Application, Prepared]:
    """Open (or take) a database, prepare it, and make the application; it serves after `start`.

    Raises CannotOpen and CannotServe.
    """
    async with AsyncExitStack() as made:
        observation = Observation(settings, clock)
        made.push_async_callback(observation.stop)
        opened = backend or await open_backend(settings, lock=True)
        made.push_async_callback(opened.close)
        prepared = await prepare(settings, opened, clock=clock, entropy=entropy)
        # From here on the application closes what was made.
        made.pop_all()
    log = sink or AccessLog(settings.log_format)
    return Application(settings, opened, clock=clock, entropy=entropy, sink=log, observation=observation), prepared


async def prepare(
    settings: Settings, backend: Backend, *, clock: Clock = time.time, entropy: Entropy = os.urandom
) -> Prepared:
    """Make what the database lacks before it can be served: a signing key, and at the first start an administrator.

    Raises SettingsError where the pages could not be made as the settings say.
    """
    check_brand(settings)
    check_external_login(settings)
    context = operator_context(server_of(settings), clock=clock, entropy=entropy)
    who = Administrator(*(getattr(settings, f"bootstrap_{name}") for name in Administrator.__struct_fields__))
    return await first_start(backend, context, plans_of(settings), who)
