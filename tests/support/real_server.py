"""The server as somebody runs it: a process of its own, on a port of its own, for software that we did not write."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.server import API_KEY, EMAIL, PASSWORD

SETTINGS = {
    "GRANTWELL_RATE_LIMITS": "off",
    "GRANTWELL_BOOTSTRAP_API_KEY": API_KEY,
    "GRANTWELL_BOOTSTRAP_EMAIL": EMAIL,
    "GRANTWELL_BOOTSTRAP_PASSWORD": PASSWORD,
}


class RealServer:
    """A running server; it has said that it listens. What it logs is in `log`."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self.directory = directory
        self.log = directory / "server.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GRANTWELL_")}
        command = ("-m", "grantwell", "serve", "--port", str(_free_port()), "--data-dir", str(directory), "--json")
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command], env=inherited | SETTINGS | environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline() or "{}")
        if "listening" not in said:
            # It ends by itself, once it has said why: told to end, it might not come to that.
            code = self._process.wait(30)
            self._process.stdout.close()
            raise AssertionError(f"the server ended with {code}: {self.log.read_text()}")
        self.origin = str(said["listening"])

    @property
    def base_url(self) -> str:
        """What an SDK is pointed at."""
        return f"{self.origin}/v2"

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """`kill -9`: whatever was under way is cut off."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, as a supervisor does; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> int:
        assert self._process.stdout is not None
        if self._process.poll() is None:
            self._process.send_signal(by)
        self._process.stdout.close()
        return self._process.wait(30)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(directory: Path, **environment: str) -> Iterator[RealServer]:
    """A server that ends with the block."""
    server = RealServer(directory, **environment)
    try:
        yield server
    finally:
        server.stop()
