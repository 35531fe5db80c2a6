"""The authorization server, as one process knows it: asked by one thread at a time, for all that wait."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from grantwell.resource.discovery import NoUsableAnswer, ServerDocuments
from grantwell.resource.knowledge import Knowledge, failed, is_usable, learned, next_step
from grantwell.resource.public_keys import PublicKey

log = logging.getLogger("grantwell.resource")

# Beyond the time-out of the fetch itself. Only a process that was forked in the middle of one waits for so long.
PATIENCE_SECONDS = 5


class KnownServer:
    """Shared by threads, and by tasks of any event loop.

    Args:
        ask: asks the server, and blocks; raises NoUsableAnswer.
        clock: the time in seconds since 1970.
        timeout_seconds: how long `ask` takes at most.
        outage_seconds: how long what is known is good without the server, after its own time is over.
    """

    def __init__(
        self,
        ask: Callable[[], ServerDocuments],
        clock: Callable[[], float],
        *,
        timeout_seconds: float,
        outage_seconds: float,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self.patience_seconds = timeout_seconds + PATIENCE_SECONDS
        self._outage_seconds = outage_seconds
        self._lock = threading.Lock()
        self._asking: Future[None] | None = None
        self.known = Knowledge()

    def is_usable(self) -> bool:
        """Whether what is known may be gone by."""
        return is_usable(self.known, self._clock(), self._outage_seconds)

    def key(self, kid: str) -> PublicKey | None:
        """The key of that name, as far as is known."""
        return self.known.keys.get(kid)

    def must_wait(self, *, found: bool) -> "Waiting | None":
        """What a request has to wait for that has found its key (or endpoint), or has not. Asks where it is time."""
        step = next_step(self.known, self._clock(), self._outage_seconds, found=found)
        if step in ("use", "give_up"):
            return None
        asking = self._begin()
        return Waiting(self, asking) if step == "ask_and_wait" else None

    def _begin(self) -> Future[None]:
        """The attempt that is under way, or else a new one."""
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = Future()
                threading.Thread(target=self._run, args=(self._asking,), name="grantwell-keys", daemon=True).start()
            return self._asking

    def _run(self, asking: Future[None]) -> None:
        after = failed(self.known, self._clock())
        try:
            answered = learned(self.known, self._ask(), self._clock())
            if answered is None:
                raise NoUsableAnswer("its key set is none (RFC 7517)")
            after = answered
        except NoUsableAnswer as e:
            log.warning("the authorization server cannot be asked: %s", e)
        finally:
            self.known = after
            asking.set_result(None)

    def abandon(self, asking: Future[None]) -> None:
        """Wait no more for an attempt whose thread is gone, as it is in a process that was forked meanwhile."""
        log.warning("the authorization server was not asked to an end")
        with self._lock:
            if self._asking is asking:
                self._asking = None


class Waiting:
    """For the end of an attempt to ask the server, however it ends."""

    def __init__(self, server: KnownServer, asking: Future[None]) -> None:
        self._server = server
        self._asking = asking

    def wait(self) -> None:
        """Block until then."""
        try:
            self._asking.result(self._server.patience_seconds)
        except TimeoutError:
            self._server.abandon(self._asking)

    async def wait_async(self) -> None:
        """The same without blocking. Whoever is cancelled leaves the attempt to the others who wait for it."""
        asking = asyncio.shield(asyncio.wrap_future(self._asking))
        try:
            await asyncio.wait_for(asking, self._server.patience_seconds)
        except TimeoutError:
            self._server.abandon(self._asking)
