"""A connection of uvicorn's with the deadlines that uvicorn leaves to a proxy, which not everybody has."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# To send a whole request, and to read what lies in the way of the next answer.
SECONDS_FOR_A_REQUEST = 30.0
SECONDS_TO_READ = 30.0


class ConnectionWithDeadlines(HttpToolsProtocol):
    """Ends requests that never end, clients that never read, and connections that are idle."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None
        self._idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin_to_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        self._stop_waiting_for_a_reader()
        super()._unset_keepalive_if_required()

    def _begin_to_wait(self) -> None:
        self._deadline = self.loop.call_later(SECONDS_FOR_A_REQUEST, self._give_up)

    def _give_up(self) -> None:
        super().timeout_keep_alive_handler()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer be: to look at the clock when it is over is cheaper than a new one at every answer."""

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None or self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        # A request that is being read has a deadline of its own; one that is being answered takes its time.
        is_busy = self._deadline is not None or not getattr(self.cycle, "response_complete", True)
        rest = self.timeout_keep_alive if is_busy else self._idle_since + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        super().pause_writing()
        # To close would wait until all is read.
        self._write_deadline = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting_for_a_reader()

    def _stop_waiting_for_a_reader(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None
