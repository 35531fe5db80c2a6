"""A server as a reader starts it: a process of its own, on a port, with what it has printed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import clean_environment, free_port

COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True)
class RealServer:
    """`printed` is what stood on its standard output before it served."""

    port: int
    data_dir: Path
    printed: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_key(self) -> str:
        return self.found(r"API key +(\S+)")

    @property
    def email(self) -> str:
        return self.found(r"as (\S+), password")

    @property
    def password(self) -> str:
        return self.found(r", password (\S+)")

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.printed)
        assert match, self.printed
        return match[1]


def environment(**more: str) -> dict[str, str]:
    """This process's, with our commands first and without what would steer a server or an SDK."""
    path = f"{COMMANDS}{os.pathsep}{os.environ.get('PATH', '')}"
    return clean_environment(PATH=path, **more)


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[RealServer]:
    """`grantwell serve`, until the block ends. It listens before it speaks."""
    port = free_port()
    with (data_dir.parent / "server.log").open("w") as log:
        process = subprocess.Popen(
            [str(COMMANDS / "grantwell"), "serve", "--port", str(port), "--data-dir", str(data_dir)],
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield RealServer(port, data_dir, announcement(process))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def announcement(process: subprocess.Popen[str]) -> str:
    """All that it prints, up to the address of its API reference, which comes last."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith("  read "):
            return "".join(lines)
    raise AssertionError(f"the server ended: {lines}")
