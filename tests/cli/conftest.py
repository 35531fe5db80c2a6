"""The command line: commands in this process, on real databases; servers as processes of their own."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from tests.support.processes import clean_environment
from tests.support.real_server import RealServer

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


class Running(RealServer):
    """A server on settings that nobody has made."""

    settings: Mapping[str, str] = {}

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        super().__init__(data_dir, *arguments, **environment)
        self.http = httpx.Client(base_url=self.origin, timeout=30)

    def end(self, by: int = signal.SIGTERM) -> Result:
        """End it; what it has said since it listens."""
        code = self.signal(by)
        return Result(code, self.printed, self.log.read_text())

    def close(self) -> None:
        self.http.close()
        self.signal(signal.SIGTERM)


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
