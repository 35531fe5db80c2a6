"""Serving: in this process, or in several that this one keeps."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence

from grantwell.app.application import Application
from grantwell.app.branding import check_brand
from grantwell.app.external import check_external_login
from grantwell.app.making import create_app, prepare
from grantwell.app.observation import Observation, shared_metrics
from grantwell.app.parts import open_backend
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.first_start import Prepared
from grantwell.asgi.server_log import log_to_stderr
from grantwell.asgi.serving import listen, run
from grantwell.asgi.supervisor import READY, Supervisor
from grantwell.settings import Settings, SettingsError, handed_down

LOGGER = logging.getLogger("grantwell")

Announce = Callable[[Prepared], None]
Load = Callable[[], Settings]


def serve(settings: Settings, announce: Announce) -> None:
    """Serve until told to stop. `announce` is called once everything is ready, before the first request.

    Raises CannotOpen, CannotServe and StorageUnavailable.
    """
    log_to_stderr(settings.log_format)
    listener = listen(settings.host, settings.port)
    run(lambda: _make(settings, announce), listener, settings.shutdown_seconds)


async def _make(settings: Settings, announce: Announce) -> tuple[Application, Callable[[], None]]:
    app, prepared = await create_app(settings)
    return app, lambda: announce(prepared)


def serve_in_workers(settings: Settings, announce: Announce, load: Load, worker: Sequence[str]) -> None:
    """The same in several processes, each of which runs the command `worker`, which ends in `work`.

    `load` reads the settings again for the processes that replace them all (SIGHUP).
    """
    log_to_stderr(settings.log_format)
    with listen(settings.host, settings.port) as listener, shared_metrics(settings) as sharing:
        handing = Handing(sharing(settings), lambda: sharing(load()), worker)
        prepared = asyncio.run(_prepare(settings))
        supervisor = Supervisor(handing.command, listener, settings.workers, settings.shutdown_seconds)
        asyncio.run(supervisor.run(lambda: announce(prepared), handing.reload))


async def _prepare(settings: Settings) -> Prepared:
    """What is done once for all workers. Raises CannotOpen and StorageUnavailable."""
    backend = await open_backend(settings, lock=True)
    try:
        return await prepare(settings, backend)
    finally:
        await backend.close()


class Handing:
    """What the next worker is started with."""

    def __init__(self, settings: Settings, load: Load, worker: Sequence[str]) -> None:
        self.settings = settings
        self._load = load
        self._worker = worker

    def command(self) -> tuple[Sequence[str], Mapping[str, str]]:
        """The command and the environment."""
        return self._worker, handed_down(self.settings)

    def reload(self) -> bool:
        """Read the settings again; says whether they can be used. The address and the number of workers stay."""
        try:
            settings = self._load()
            check_brand(settings)
            check_external_login(settings)
        except SettingsError as error:
            LOGGER.error("the settings are as they were: %s", error)
            return False
        self.settings = settings
        return True


def work(settings: Settings, listener: socket.socket, channel: socket.socket) -> None:
    """Serve as one of several processes, whose parent has prepared the database and is at the other end of `channel`.

    Raises CannotOpen, CannotServe and StorageUnavailable.
    """

    async def make() -> tuple[Application, Callable[[], None]]:
        observation = Observation(settings, time.time)
        backend = await open_backend(settings, lock=True)
        sink = AccessLog(settings.log_format)
        app = Application(settings, backend, clock=time.time, entropy=os.urandom, sink=sink, observation=observation)
        return app, lambda: channel.sendall(READY)

    log_to_stderr(settings.log_format)
    run(make, listener, settings.shutdown_seconds, channel=channel)
