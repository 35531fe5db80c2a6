"""Taking connections from a socket that several processes share, one in a turn of the loop.

A loop's own server takes all that wait, so that whichever process wakes first has all the connections that a proxy
opens at one moment, and keeps them: the others are idle from then on.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable

from grantwell.asgi.tasks import begin_task

LOGGER = logging.getLogger("grantwell")
# When there is no room for another connection.
PAUSE_SECONDS = 0.5


class Acceptor:
    """One process's part of a listening socket. It has of `asyncio.Server` what uvicorn asks of one."""

    def __init__(self, listener: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        """Begin to take connections; each is given a protocol."""
        self._listener = listener
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._connecting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._go_on()

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:  # no more descriptors, no more memory
            LOGGER.error("no connection can be taken for a while: %s", error.strerror)
            self._loop.remove_reader(self._listener)
            self._pause = self._loop.call_later(PAUSE_SECONDS, self._go_on)
            return
        connection.setblocking(False)
        begin_task(self._connecting, self._connect(connection))
        # Where processes share a CPU, the next one is awake by now, and waits for this one.
        os.sched_yield()

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:  # gone already
            connection.close()

    def close(self) -> None:
        """Take no more. May be called again, and after the socket was closed."""
        if self._pause is not None:
            self._pause.cancel()
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Return when all that were taken have their protocols."""
        await asyncio.gather(*self._connecting, return_exceptions=True)
