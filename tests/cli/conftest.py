"""The command line: commands in this process, on real databases; servers as processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from grantwell.cli.program import run

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """What it said of an error, out of its frame and on one line."""
        return " ".join(self.err.replace("│", " ").split())

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command(Protocol):
    """Runs `grantwell` with these arguments."""

    def __call__(self, *arguments: str) -> Result: ...


class Serve(Protocol):
    """Starts a server; the data directory is the test's own."""

    def __call__(self, *arguments: str, **environment: str) -> "Running": ...


class Running:
    """A server as a process of its own, told to print one JSON object when it listens."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        command = ("-m", "grantwell", "serve", "--port", str(port), "--data-dir", str(data_dir), "--json", *arguments)
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env=clean_environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, self.end()
        self.said: dict[str, Any] = json.loads(said)
        self.http = httpx.Client(base_url=self.said["listening"], timeout=30)

    def end(self, by: int = signal.SIGTERM) -> Result:
        if self.process.poll() is None:
            self.process.send_signal(by)
        out, err = self.process.communicate(timeout=30)
        return Result(self.process.returncode, out, err)

    def close(self) -> None:
        self.http.close()
        self.end()


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRANTWELL_")}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def bare(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a command exactly as given."""

    def command(*arguments: str) -> Result:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Result(code, out, err)

    return command


@pytest.fixture
def grantwell(bare: Command, data_dir: Path) -> Command:
    """Runs a command on the test's data directory."""

    def command(*arguments: str) -> Result:
        return bare(*arguments, "--data-dir", str(data_dir))

    return command


@pytest.fixture
def ada(grantwell: Command) -> dict[str, Any]:
    """An administrator of the organization Acme, made by command: what the command said."""
    result = grantwell("users", "create", "--organization", "Acme", "--email", EMAIL, "--password", PASSWORD, "--json")
    assert result.code == 0, result.err
    said: dict[str, Any] = result.json
    return said


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Serve]:
    running: list[Running] = []

    def start(*arguments: str, **environment: str) -> Running:
        running.append(Running(data_dir, *arguments, **environment))
        return running[-1]

    yield start
    for each in running:
        each.close()
