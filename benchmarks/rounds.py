"""Alternating rounds: every server in turn gets the same load, and the ratios are those of one run."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks import machine
from benchmarks.loads import LOADS, Plan, write_values
from benchmarks.processes import LOAD_CPU, SERVER_CPU, Running, on_cpu

SCRIPT = Path(__file__).resolve().parent / "load.lua"
# Codes are used once: how many a second there must be for a server of which nothing is known yet.
CODES_A_SECOND = 4500
WARM_UP_SECONDS = 2


class Sample(Struct, frozen=True):
    """One round of one server. Latencies are in microseconds, `cpu` is those of CPU time a request.

    `speed` is how fast the CPU was at that time, in turns of a loop a second.
    """

    load: str
    server: str
    rps: float
    p50: float
    p99: float
    cpu: float
    speed: float
    failures: int


class Loading(Struct, frozen=True):
    """How hard, and for how long. `pause` is what a connection rests before each request, in milliseconds."""

    rounds: int
    seconds: int
    connections: int
    pause: int = 0


def wrk(plan: Plan, directory: Path, seconds: int, connections: int, pause: int) -> dict[str, float]:
    """One load. Raises RuntimeError if the load could not be made."""
    command = [*on_cpu(LOAD_CPU), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), plan.url, "--", plan.authorization, plan.body, str(pause)]
    if plan.field:
        command += [plan.field, str(write_values(plan, directory)), "yes" if plan.rotates else "no"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    found: dict[str, float] = json.loads(last)
    return found


def measure(name: str, running: Running, loading: Loading, codes: int) -> Sample:
    """One round of one server."""
    return sample(name, running, LOADS[name][0](running, codes), loading)


def sample(name: str, running: Running, plan: Plan, loading: Loading) -> Sample:
    """What became of one load that is planned."""
    speed, before = machine.turns_a_second(SERVER_CPU), running.cpu_seconds()
    found = wrk(plan, running.where.directory, loading.seconds, loading.connections, loading.pause)
    used = running.cpu_seconds() - before
    requests = max(1, found["requests"])
    return Sample(
        name,
        running.name,
        found["requests"] / found["microseconds"] * 1e6,
        found["p50"],
        found["p99"],
        used / requests * 1e6,
        (speed + machine.turns_a_second(SERVER_CPU)) / 2,
        int(found["refused"] + found["broken"] + found["exhausted"] + found["empty"]),
    )


def run(name: str, servers: Sequence[Running], loading: Loading) -> list[Sample]:
    """All rounds of one load, forwards and backwards in turn."""
    samples: list[Sample] = []
    codes = {each.name: CODES_A_SECOND * max(loading.seconds, WARM_UP_SECONDS) for each in servers}
    for number in range(loading.rounds):
        for running in servers if number % 2 == 0 else servers[::-1]:
            running.resume()
            if number == 0:
                warm = measure(name, running, Loading(1, WARM_UP_SECONDS, loading.connections), codes[running.name])
                codes[running.name] = int(warm.rps * loading.seconds * 2) + 500
            samples.append(found := measure(name, running, loading, codes[running.name]))
            running.pause()
            sys.stderr.write(f"  {name} {running.name}: {found.rps:.0f}/s, {found.failures} failures\n")
    return samples


def pause_for_half(samples: Sequence[Sample], connections: int) -> int:
    """How long connections must rest, in milliseconds, so that a server gets half of what it can do."""
    most = median(sample.rps for sample in samples)
    busy = median(sample.p50 for sample in samples) / 1e6 / 2
    return max(1, round((connections / (most / 2) - busy) * 1000))
