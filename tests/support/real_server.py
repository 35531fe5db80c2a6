"""The server as somebody runs it: a process of its own, on a port of its own, for software that we did not write."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.processes import clean_environment, free_port
from tests.support.server import API_KEY, EMAIL, PASSWORD

SETTINGS = {
    "GRANTWELL_RATE_LIMITS": "off",
    "GRANTWELL_BOOTSTRAP_API_KEY": API_KEY,
    "GRANTWELL_BOOTSTRAP_EMAIL": EMAIL,
    "GRANTWELL_BOOTSTRAP_PASSWORD": PASSWORD,
}


class RealServer:
    """A running server; it has said that it listens, as one JSON object: `said`. What it logs is in `log`."""

    settings: Mapping[str, str] = SETTINGS

    def __init__(self, directory: Path, *arguments: str, **environment: str) -> None:
        port = str(free_port())
        self.directory = directory
        self.log = directory.with_name(f"{directory.name}-{port}.log")
        command = ("-m", "grantwell", "serve", "--port", port, "--data-dir", str(directory), "--json", *arguments)
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                env=clean_environment(**{**self.settings, **environment}),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.said: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if "listening" not in self.said:
            # It ends by itself, once it has said why: told to end, it might not come to that.
            code = self._process.wait(30)
            self._process.stdout.close()
            raise AssertionError(f"the server ended with {code}: {self.log.read_text()}")
        self.origin = str(self.said["listening"])

    @property
    def base_url(self) -> str:
        """What an SDK is pointed at."""
        return f"{self.origin}/v2"

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """`kill -9`: whatever was under way is cut off."""
        self.signal(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, as a supervisor does; its exit code."""
        return self.signal(signal.SIGTERM)

    def signal(self, by: int) -> int:
        """End it by a signal, unless it has ended already; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(by)
        # Read to the end: what nobody reads can keep it from ending.
        self.printed, _ = self._process.communicate(timeout=30)
        return self._process.returncode


@contextmanager
def serving(directory: Path, **environment: str) -> Iterator[RealServer]:
    """A server that ends with the block."""
    server = RealServer(directory, **environment)
    try:
        yield server
    finally:
        server.stop()
