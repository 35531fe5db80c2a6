"""A proxy as companies have one: carries TLS to wherever it is asked to (CONNECT), for those who know the password."""

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

USER, PASSWORD = "ada", "proxy-s3cret"
CREDENTIALS = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Proxy:
    """`asked` are the places that it was asked to connect to; whatever they are, it connects to `target`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.asked: list[str] = []
        self.listener = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))

    def address(self, password: str = PASSWORD) -> str:
        return f"http://{USER}:{password}@127.0.0.1:{self.listener.server_port}"


def handler_for(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            proxy.asked.append(self.path)
            if self.headers.get("proxy-authorization") != CREDENTIALS:
                self.send_error(407)
                return
            with socket.create_connection(proxy.target) as onward:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=carry, args=(onward, self.connection), daemon=True)
                back.start()
                carry(self.connection, onward)
                back.join()
            self.close_connection = True

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    return Handler


def carry(one: socket.socket, other: socket.socket) -> None:
    """Until one end is done."""
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(target: tuple[str, int]) -> Iterator[Proxy]:
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.listener.shutdown()
        proxy.listener.server_close()
        thread.join()
