"""Measure our server beside its peers: `python -m benchmarks`, a quarter of an hour; `--quick`, a minute.

The results go to benchmarks/results/: latest.md, latest.svg, and every sample in latest.json.
"""

import argparse
import contextlib
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import msgspec

from benchmarks import machine, processes
from benchmarks.install import HERE, install_node_peers, install_python_peers, need
from benchmarks.loads import LOADS
from benchmarks.plot import svg
from benchmarks.postgresql import cluster
from benchmarks.processes import Running
from benchmarks.report import Results, Start, goal_table, load_table, start_table
from benchmarks.rounds import Loading, Sample, measure, pause_for_half, run
from benchmarks.servers import SERVERS

RESULTS = HERE / "results"
QUICK = ("grantwell-sqlite", "grantwell-postgresql", "ceil-es256")
STARTS = 5


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help=f"some of the servers: {', '.join(SERVERS)}")
    parser.add_argument("--loads", default=",".join(LOADS), help="some of the loads")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="how long a round is")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="two short rounds, without peers: does everything work?")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    return parser.parse_args()


def main() -> int:
    """Measure and report; 1 if any request failed."""
    asked = arguments()
    names = tuple(asked.only.split(",")) if asked.only else QUICK if asked.quick else tuple(SERVERS)
    loading = Loading(2, 1, 8) if asked.quick else Loading(asked.rounds, asked.seconds, asked.connections)
    need("wrk", "taskset")
    if any(name.startswith("oidc") for name in names):
        need("node", "npm")
        install_node_peers()
    if any(name.startswith(("dot", "authlib")) for name in names):
        install_python_peers()
    with tempfile.TemporaryDirectory(prefix="grantwell-bench-") as directory:
        results = measure_all(names, asked.loads.split(","), loading, Path(directory), halves=not asked.quick)
        write(results, loading, asked.out, machine.milliseconds_to_disk(Path(directory)))
    sys.stdout.write(f"{goal_table(results)}\n")
    return 1 if results.failures else 0


def measure_all(
    names: Sequence[str], loads: Sequence[str], loading: Loading, directory: Path, *, halves: bool
) -> Results:
    """Start everybody, make all loads, stop everybody."""
    samples: list[Sample] = []
    at_half: list[Sample] = []
    with serving(names, directory) as servers:
        for load in loads:
            chosen = [each for each in servers if each.name in LOADS[load][1]]
            samples += run(load, chosen, loading)
            if halves:
                at_half += [half(load, each, samples, loading) for each in chosen]
        memory = {each.name: each.memory_mib() for each in servers}
        starts = [start_again(each, memory[each.name]) for each in servers]
    return Results(samples, at_half, starts)


@contextlib.contextmanager
def serving(names: Sequence[str], directory: Path) -> Iterator[list[Running]]:
    """The servers, started one after the other, and paused."""
    with contextlib.ExitStack() as stack:
        postgresql = stack.enter_context(cluster()) if any("postgresql" in name for name in names) else None
        servers: list[Running] = []
        for name in names:
            servers.append(processes.start(name, directory, postgresql))
            stack.callback(servers[-1].close)
            servers[-1].pause()
        yield servers


def half(load: str, running: Running, samples: Sequence[Sample], loading: Loading) -> Sample:
    """One round at half load."""
    own = [sample for sample in samples if (sample.load, sample.server) == (load, running.name)]
    pause = pause_for_half(own, loading.connections)
    codes = int(max(sample.rps for sample in own) * 4) + 500
    running.resume()
    sample = measure(load, running, Loading(1, 3, loading.connections, pause), codes)
    running.pause()
    return sample


def start_again(running: Running, memory: float) -> Start:
    """How long it takes to start, on the data that is there by now."""
    taken, resident = [], []
    for _ in range(STARTS):
        running.stop()
        running.start()
        taken.append(running.first_answer)
        resident.append(running.memory_at_start)
    running.pause()
    return Start(running.name, median(taken), median(resident), memory)


def write(results: Results, loading: Loading, place: Path, disk: float) -> None:
    """Leave the table, the picture and the samples."""
    place.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    speeds = [sample.speed for sample in results.samples]
    parts = [
        f"# Measured {time.strftime('%Y-%m-%d')}",
        f"Commit {commit.stdout.strip()}, Python {platform.python_version()}. {machine.description()}; an fdatasync "
        f"takes {disk:.2f} ms. {loading.rounds} alternating rounds of {loading.seconds} s, {loading.connections} "
        f"connections; medians. The CPU's speed swung between {min(speeds) / max(speeds):.2f} and 1 of its best.",
        "Each server is one process on one CPU; the load and PostgreSQL are on the other. Requests per CPU-s count the "
        "server's own CPU time, at the CPU's best speed. oidc-provider keeps everything in memory; ceil-es256 is a "
        "bound, not a server.",
        "## Goals",
        goal_table(results),
        *(f"## {load}\n\n{load_table(results, load)}" for load in results.loads),
        "## Starting, and memory",
        start_table(results),
    ]
    (place / "latest.md").write_text("\n\n".join(parts) + "\n")
    (place / "latest.svg").write_text(svg(results))
    (place / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(results.__dict__), indent=1))


if __name__ == "__main__":
    sys.exit(main())
