"""The access log: one structured line a request, gathered and written a few times a second.

Writing each line by itself would cost more than a whole token request; a crash may lose the lines of the last moment,
which is why audit, that must not, goes to the database instead.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, TextIO

import msgspec

from grantwell.asgi.event import Event

FLUSH_LINES = 512
# PIPE_BUF on Linux: so many bytes, written at once, nobody else's bytes come between.
WHOLE_IN_A_PIPE = 4096
_encode = msgspec.json.Encoder().encode


class AccessLog:
    """A sink for events. `flush` writes what has gathered; `lost` counts lines that could not be written."""

    def __init__(self, form: Literal["text", "json"], stream: TextIO | None = None) -> None:
        self._write_line: Callable[[Event], str] = _json_line if form == "json" else _text_line
        self._stream = stream or sys.stderr
        self._events: list[Event] = []
        self.lost = 0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self._events.append(event)
        if len(self._events) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered. Where it cannot be written it is lost, and counted: nobody's answer waits for it."""
        if not self._events:
            return
        events, self._events = self._events, []
        for lines in _pieces(map(self._write_line, events)):
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += len(lines)


def _pieces(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines in groups that a pipe keeps together, which several processes may write to."""
    piece: list[str] = []
    size = 0
    for line in lines:
        length = len(line) if line.isascii() else len(line.encode())
        if piece and size + length > WHOLE_IN_A_PIPE:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += length
    yield piece


def _json_line(event: Event) -> str:
    return f"{_encode(event).decode()}\n"


@lru_cache(maxsize=2)
def _clock_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%H:%M:%S")


@lru_cache(maxsize=256)
def _on_its_line(path: str) -> str:
    """The path may be anybody's text: written as JSON it stays on its line."""
    return _encode(path).decode()


def _text_line(event: Event) -> str:
    at = _clock_time(int(event.at))
    reason = f" {event.reason}" if event.reason else ""
    what = event.operation or "-"
    path, milliseconds = _on_its_line(event.path), event.seconds * 1000
    return f"{at} {event.status} {event.method} {path} {what}{reason} {milliseconds:.1f} ms {event.request_id}\n"
