"""Servers as processes: started on their CPU, stopped while another one is measured."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from benchmarks import machine
from benchmarks.servers import SERVERS, SHARED, Server, Where

SERVER_CPU, LOAD_CPU = 0, 1
SECONDS_TO_START = 60.0
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def on_cpu(cpu: int) -> tuple[str, ...]:
    """What comes before a command that keeps to a CPU and, if that is allowed, takes precedence over others."""
    return ("nice", "-n", "-5", "taskset", "-c", str(cpu))


class Running:
    """One server that runs. `first_answer` is how many seconds it took from its start to its first answer."""

    def __init__(self, name: str, server: Server, where: Where) -> None:
        """Prepare the server and start it; return once it answers."""
        self.name, self.server, self.where = name, server, where
        self.base = f"http://127.0.0.1:{where.port}"
        self._place = where.directory / "server.log"
        self._log: IO[bytes] = self._place.open("ab")
        if (
            server.prepare
            and subprocess.run(
                server.prepare, check=False, stdout=self._log, stderr=self._log, **self.surroundings()
            ).returncode
        ):
            raise self._failure("prepare")
        self.start()

    def _failure(self, what: str) -> RuntimeError:
        return RuntimeError(f"{self.name} did not {what}: {self._place.read_text(errors='replace')[-2000:]}")

    def surroundings(self) -> dict[str, Any]:
        """The directory and environment of the server's commands."""
        return {"cwd": self.server.directory, "env": {**os.environ, **SHARED, **self.server.environment}}

    def start(self) -> None:
        """Start what is prepared. Raises RuntimeError if it ends, or does not answer in time."""
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [*on_cpu(SERVER_CPU), *self.server.serve],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            **self.surroundings(),
        )
        while not self._answers():
            late = time.perf_counter() - began > SECONDS_TO_START
            if late or self._process.poll() is not None:
                raise self._failure("start")
            time.sleep(0.005)
        self.first_answer = time.perf_counter() - began
        self.memory_at_start = self.memory_mib()

    def _answers(self) -> bool:
        try:
            with WITHOUT_PROXY.open(self.base + self.server.health, timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def pause(self) -> None:
        """Stop it where it stands: then its timers cost the others nothing."""
        machine.send(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        machine.send(self._process.pid, signal.SIGCONT)

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        return machine.cpu_seconds(self._process.pid)

    def memory_mib(self) -> float:
        """What it has in memory now."""
        return machine.memory_mib(self._process.pid)

    def stop(self) -> None:
        """End it, and with force what does not end by itself."""
        self.resume()
        pids = machine.tree(self._process.pid)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in pids[1:]:
            if Path(f"/proc/{pid}").exists():
                machine.send(pid, signal.SIGKILL)

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._log.close()


def start(name: str, directory: Path, postgresql: "Any") -> Running:
    """Start a server of the list in a directory of its own; `postgresql` makes databases."""
    kind, make = SERVERS[name]
    own = directory / name
    own.mkdir(parents=True)
    database = {"none": lambda: "", "sqlite": lambda: f"sqlite:///{own}/peer.db", "postgresql": postgresql}[kind]()
    return Running(name, make(where := Where(own, free_port(), database)), where)
