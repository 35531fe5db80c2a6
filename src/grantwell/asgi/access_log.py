"""The access log: one structured line a request, gathered and written a few times a second.

Writing each line by itself would cost more than a whole token request; a crash may lose the lines of the last moment,
which is why audit, that must not, goes to the database instead.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, TextIO

import msgspec

from grantwell.asgi.event import Event

FLUSH_LINES = 512
_encode = msgspec.json.Encoder().encode


class AccessLog:
    """A sink for events. `flush` writes what has gathered."""

    def __init__(self, form: Literal["text", "json"], stream: TextIO | None = None) -> None:
        self._write_line = _json_line if form == "json" else _text_line
        self._stream = stream or sys.stderr
        self._events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self._events.append(event)
        if len(self._events) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered."""
        if not self._events:
            return
        events, self._events = self._events, []
        line: Callable[[Event], str] = self._write_line
        self._stream.write("".join(map(line, events)))
        self._stream.flush()


def _json_line(event: Event) -> str:
    return f"{_encode(event).decode()}\n"


@lru_cache(maxsize=2)
def _clock_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%H:%M:%S")


def _text_line(event: Event) -> str:
    at = _clock_time(int(event.at))
    reason = f" {event.reason}" if event.reason else ""
    what = event.operation or "-"
    # The path may be anybody's text: written as JSON it stays on its line.
    path = msgspec.json.encode(event.path).decode()
    return (
        f"{at} {event.status} {event.method} {path} {what}{reason} {event.seconds * 1000:.1f} ms {event.request_id}\n"
    )
