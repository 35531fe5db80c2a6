"""Several serving processes behind one listening socket, and the one that keeps them.

The workers inherit the socket, so that a worker that dies takes no waiting connection with it, and none is refused
while workers come and go. Each has a channel to its parent: over it the worker says that it serves, and by its end it
learns that the parent is gone.
"""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

from grantwell.asgi.serving import CannotServe
from grantwell.asgi.tasks import begin_task

LOGGER = logging.getLogger("grantwell")
READY = b"."
START_SECONDS = 60.0
# Given to a worker to end beyond the time that its requests may take.
GRACE_SECONDS = 5.0
# Between attempts to replace a worker that dies before it serves: its database may be away.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0

# The command that starts a worker, to which the two file descriptors are added, and its environment.
Command = Callable[[], tuple[Sequence[str], Mapping[str, str]]]


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self.process = process
        self._channel = channel

    @classmethod
    async def start(cls, command: Command, listener: socket.socket) -> "Worker":
        """Start it; it is not ready yet."""
        arguments, environment = command()
        ours, theirs = socket.socketpair()
        with theirs:
            handed = (listener.fileno(), theirs.fileno())
            process = await asyncio.create_subprocess_exec(
                *arguments, *map(str, handed), pass_fds=handed, env=environment
            )
        ours.setblocking(False)
        return cls(process, ours)

    async def serves(self) -> bool:
        """Whether it has come to serve, once that is known."""
        try:
            async with asyncio.timeout(START_SECONDS):
                return await asyncio.get_running_loop().sock_recv(self._channel, 1) == READY
        except (OSError, TimeoutError):
            return False

    async def end(self, seconds: float) -> None:
        """Have it finish what it is doing; kill it if it takes longer."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(seconds):
                await self.process.wait()
        except TimeoutError:
            LOGGER.error("worker %d did not end in time: killed", self.process.pid)
            self._signal(signal.SIGKILL)
            await self.process.wait()
        self._channel.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)


class Supervisor:
    """Keeps `number` workers serving on `listener`."""

    def __init__(self, command: Command, listener: socket.socket, number: int, shutdown_seconds: float) -> None:
        self._command = command
        self._listener = listener
        self._end_seconds = shutdown_seconds + GRACE_SECONDS
        self._places: list[Worker | None] = [None] * number
        self._started: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._replacing = asyncio.Lock()
        self._ending = asyncio.Event()

    async def run(self, announce: Callable[[], None], reload: Callable[[], bool]) -> None:
        """Serve until told to stop (SIGTERM, SIGINT). `announce` is called once all workers serve.

        At SIGHUP `reload` is called, and if it agrees each worker is replaced, one after the other. Raises CannotServe.
        """
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._ending.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: begin_task(self._tasks, self._replace_all(reload)))
        try:
            if not all(await asyncio.gather(*map(self._fill, range(len(self._places))))):
                raise CannotServe("a worker could not start: its own message says why")
            announce()
            for place in range(len(self._places)):
                begin_task(self._tasks, self._keep(place))
            await self._ending.wait()
        finally:
            await self._end_all()

    async def _fill(self, place: int) -> bool:
        """Start a worker for a place, and when it serves let it take over; says whether it does."""
        worker = await Worker.start(self._command, self._listener)
        self._started.add(worker)
        if not await worker.serves():
            await self._end(worker)
            return False
        predecessor, self._places[place] = self._places[place], worker
        if predecessor is not None:
            await self._end(predecessor)
        return True

    async def _keep(self, place: int) -> None:
        """Replace the worker at a place whenever it has ended by itself."""
        while True:
            worker = self._places[place]
            assert worker is not None
            code = await worker.process.wait()
            async with self._replacing:
                if self._places[place] is worker:
                    LOGGER.error("worker %d has ended (%d); starting another", worker.process.pid, code)
                    await self._fill_somehow(place)

    async def _fill_somehow(self, place: int) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not await self._fill(place):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _replace_all(self, reload: Callable[[], bool]) -> None:
        """A successor serves before its predecessor ends. Where one cannot start, the others serve on as before."""
        async with self._replacing:
            if not reload():
                return
            for place in range(len(self._places)):
                if not await self._fill(place):
                    LOGGER.error("a worker could not start: the others serve on as before")
                    return
            LOGGER.warning("all workers have been replaced")

    async def _end(self, worker: Worker) -> None:
        await worker.end(self._end_seconds)
        self._started.discard(worker)

    async def _end_all(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(self._end, tuple(self._started)))


def python(module: str) -> tuple[str, ...]:
    """The command that runs a module as this process was run, and nothing that lies in the current directory."""
    return (sys.executable, "-P", "-m", module)
