"""Programs that a reader writes into a file, and starts in a terminal of their own."""

import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.support.processes import free_port

# Where the documents' own programs listen.
PROGRAM_PORT = "8100"
PATIENCE_SECONDS = 20


class Programs:
    """The programs of one document. They end with it."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._running: subprocess.Popen[str] | None = None
        self.port = str(free_port())

    def write(self, text: str) -> None:
        """Write a file; its first line is a comment with its name."""
        name = text.splitlines()[0].removeprefix("#").strip()
        assert Path(name).suffix == ".py", name
        assert Path(name).name == name
        (self._directory / name).write_text(text)

    def start(self, command: str) -> None:
        """Start a program that listens; the one before it ends, as it has the port."""
        self.close()
        with (self._directory / "program.log").open("w") as log:
            self._running = subprocess.Popen(
                shlex.split(command),
                cwd=self._directory,
                env=self._environment,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._listens():
            said = (self._directory / "program.log").read_text()
            assert self._running.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.port))) == 0

    def close(self) -> None:
        """End the program that runs, with those that it has started."""
        if self._running is not None:
            os.killpg(self._running.pid, signal.SIGTERM)
            self._running.wait(PATIENCE_SECONDS)
            self._running = None
