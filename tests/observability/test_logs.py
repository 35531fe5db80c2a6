"""Log lines: whole, in one form whoever writes them, and never worth an answer."""

import io
import json
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from typing import Literal

import pytest
from tests.conftest import StartServer
from tests.support.server import Server

from grantwell.asgi.access_log import WHOLE_IN_A_PIPE, AccessLog
from grantwell.asgi.event import Event
from grantwell.asgi.server_log import ServerLog, log_to_stderr

Form = Literal["text", "json"]


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    root, theirs = logging.getLogger(), logging.getLogger("uvicorn")
    handlers = root.handlers[:]
    # Somebody else's server in this process may have set up uvicorn's own lines.
    before = theirs.handlers[:], theirs.propagate
    theirs.handlers[:], theirs.propagate = [], True
    # Whoever has had warnings logged before would keep them.
    logging.captureWarnings(capture=False)
    yield
    root.handlers[:] = handlers
    theirs.handlers[:], theirs.propagate = before
    logging.captureWarnings(capture=False)


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("_logging_as_before")
async def test_a_bug_is_one_json_line_with_its_traceback_and_the_request_id_of_the_answer(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("of two\nlines")

    log_to_stderr("json")
    log = AccessLog("json")
    server = await start_server(sink=log)
    client = await server.make_client()
    monkeypatch.setattr(server.backend, "authenticating_client", fail)
    answer = await server.token(client, "client_credentials")
    log.flush()
    lines = [json.loads(line) for line in lines_of(capsys)]
    # Other threads may have something to say too, of no request.
    (told,) = [line for line in lines if "level" in line and "request_id" in line]
    (request,) = [line for line in lines if line.get("status") == 500]
    assert told["level"] == "error"
    assert told["logger"] == "grantwell"
    assert told["exception"].startswith("Traceback (most recent call last):\n")
    assert told["exception"].endswith("ZeroDivisionError: of two\nlines\n")
    assert told["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert request["reason"] == "bug"


@pytest.mark.usefixtures("_logging_as_before")
def test_whatever_anybody_logs_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json")
    logging.getLogger("uvicorn.error").warning('a "quoted"\nmessage of %s', "somebody")
    logging.getLogger("grantwell").info("nobody wants to know")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    first, second = map(json.loads, lines_of(capsys))
    assert first.keys() == {"at", "level", "logger", "message"}
    assert (first["level"], first["logger"]) == ("warning", "uvicorn.error")
    assert first["message"] == 'a "quoted"\nmessage of somebody'
    assert "DeprecationWarning: old ways" in second["message"]


@pytest.mark.usefixtures("_logging_as_before")
def test_as_text_a_line_has_its_time_and_level_and_is_there_once(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json")
    log_to_stderr("text")
    logging.getLogger("grantwell").warning("the database is away")
    (line,) = lines_of(capsys)
    assert line.endswith(" WARNING the database is away")
    assert line[2] == line[5] == ":"


def test_a_standard_error_that_is_closed_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)
    record = logging.makeLogRecord({"name": "grantwell", "levelno": logging.ERROR, "msg": "lost"})
    ServerLog("json").emit(record)


class Full(io.StringIO):
    """A disk that is full until there is room."""

    full = True

    def write(self, text: str, /) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


async def test_a_log_that_cannot_be_written_costs_no_answer_and_is_counted(start_server: StartServer) -> None:
    stream = Full()
    log = AccessLog("json", stream)
    server: Server = await start_server(sink=log)
    for _ in range(3):
        assert (await server.http.get("/v2/oauth/jwks")).status_code == 200
    log.flush()
    assert log.lost == 3
    stream.full = False
    await server.http.get("/v2/oauth/jwks")
    log.flush()
    assert (log.lost, stream.getvalue().count("\n")) == (3, 1)


def some_event(who: str, number: int) -> Event:
    return Event(1.0, f"{who}-{number}", "192.0.2.1", "GET", "/ä" * (number % 40), "", 200, "", who * 30, "", 0.001)


@pytest.mark.parametrize("form", ["text", "json"])
def test_lines_of_several_processes_on_one_pipe_stay_whole(form: Form) -> None:
    reading, writing = os.pipe()
    received: list[bytes] = []

    def read() -> None:
        while chunk := os.read(reading, 65536):
            received.append(chunk)

    def write(who: str) -> None:
        # Buffered as standard error is, each writer for itself, as processes are.
        with os.fdopen(os.dup(writing), "w", encoding="utf-8") as stream:
            log = AccessLog(form, stream)
            for number in range(3000):
                log(some_event(who, number))
            log.flush()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(who,)) for who in "abc"]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    os.close(writing)
    reader.join()
    os.close(reading)
    lines = b"".join(received).decode().splitlines()
    found = [json.loads(line)["request_id"] if form == "json" else line.rpartition(" ")[2] for line in lines]
    assert sorted(found) == sorted(f"{who}-{number}" for who in "abc" for number in range(3000))


def test_a_line_that_is_longer_than_a_pipe_keeps_together_is_written_all_the_same() -> None:
    stream = io.StringIO()
    log = AccessLog("json", stream)
    for name in ("x" * WHOLE_IN_A_PIPE, "y"):
        log(Event(1.0, "id", "", "GET", "/", "", 200, "", name, "", 0.001))
    log.flush()
    assert [json.loads(line)["client_id"][0] for line in stream.getvalue().splitlines()] == ["x", "y"]
