"""A real HTTP server that records what it is asked, and answers, or fails, as the test says."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the server says; `dropped` closes the connection instead of saying it."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False


# Requests after which a server ends a test that would not end of itself.
PATIENCE = 500

DROPPED = Answer(dropped=True)

Behaviour = Callable[[Asked], Answer]


def as_json(body: object, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json"} | named)


class Listener(ThreadingHTTPServer):
    # So many may knock at once; whoever finds the queue full waits a second and more for the next try.
    request_queue_size = 128


class RecordingServer:
    """`behaviour` answers whatever `script` has no answer for."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: deque[Answer] = deque()
        self.behaviour: Behaviour = lambda _: as_json({})
        self.listener = Listener(("127.0.0.1", 0), handler_for(self))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.listener.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v2"

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    def stop(self) -> None:
        """From now on nobody listens."""
        self.listener.shutdown()
        self.listener.server_close()

    def will(self, *answers: Answer) -> None:
        self.script.extend(answers)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if len(self.asked) > PATIENCE:
            return as_json({"error": "a client goes in circles"}, 400)
        return self.script.popleft() if self.script else self.behaviour(asked)


def handler_for(server: RecordingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 20  # one packet an answer, or the client waits 40 ms for the second

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.answer(Asked(self.command, self.path, headers, body))
            if answer.dropped:
                self.close_connection = True
                return
            self.send_response(answer.status)
            has_body = answer.status != 204
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body) if has_body else 0))
            self.end_headers()
            self.wfile.write(answer.body if has_body else b"")

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 -- the names that the base class looks for

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: what is asked is recorded."""

        @override
        def handle(self) -> None:
            # Whoever asked may be gone, which is what some tests are about.
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    return Handler


@contextmanager
def serving() -> Iterator[RecordingServer]:
    server = RecordingServer()
    thread = threading.Thread(target=server.listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
