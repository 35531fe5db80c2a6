"""What the server itself has to say, beside its requests: warnings and errors, one line each, on standard error."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct


class Line(Struct, omit_defaults=True):
    """A line in JSON. It has a `level`, by which it can be told from the lines of requests."""

    at: float
    level: str
    logger: str
    message: str
    request_id: str = ""
    exception: str = ""


class ServerLog(logging.Handler):
    """Writes records to whatever is standard error at the moment."""

    def __init__(self, form: Literal["text", "json"]) -> None:
        super().__init__(logging.WARNING)
        self._as_text = _json_line if form == "json" else _text_line

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, in one piece, so that the lines of several processes stay whole."""
        try:
            sys.stderr.write(self._as_text(record))
            sys.stderr.flush()
        except (OSError, ValueError):  # there is nowhere left to say it
            pass


def log_to_stderr(form: Literal["text", "json"]) -> None:
    """Have everything that is logged in this process, by libraries too, written in one form."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, ServerLog)]:
        root.removeHandler(handler)
    root.addHandler(ServerLog(form))
    logging.captureWarnings(capture=True)


def _json_line(record: logging.LogRecord) -> str:
    line = Line(
        round(record.created, 3),
        record.levelname.lower(),
        record.name,
        record.getMessage(),
        str(getattr(record, "request_id", "")),
        _exception(record),
    )
    return f"{msgspec.json.encode(line).decode()}\n"


def _text_line(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
    return f"{at} {record.levelname} {record.getMessage()}\n{_exception(record)}"


def _exception(record: logging.LogRecord) -> str:
    return "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
