"""Two workers against one, on PostgreSQL: does the second one add as much as the first?

python -m benchmarks.workers [--share 20] [--rounds 5] [--seconds 3]

On a machine of few CPUs the load and the database would take the second worker's. So each worker gets a fixed share of
a CPU (a quota of its control group, for which root is needed), small enough that the rest suffices for all else.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil
from msgspec.structs import replace

from benchmarks.loads import LOADS, Plan
from benchmarks.postgresql import cluster
from benchmarks.processes import Running, free_port
from benchmarks.report import table
from benchmarks.rounds import wrk
from benchmarks.servers import SERVERS, Where

GROUPS = Path("/sys/fs/cgroup/cpu")
PERIOD_MICROSECONDS = 10_000
CONNECTIONS = 16
KINDS = ("client_credentials", "introspect", "refresh")


@contextlib.contextmanager
def limited(process: psutil.Process, share: int) -> Iterator[None]:
    """Hold a process to so many percent of one CPU."""
    group = GROUPS / f"grantwell-{process.pid}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
        (group / "cpu.cfs_quota_us").write_text(str(PERIOD_MICROSECONDS * share // 100))
        (group / "cgroup.procs").write_text(str(process.pid))
        yield
    finally:
        (GROUPS / "cgroup.procs").write_text(str(process.pid))
        group.rmdir()


@contextlib.contextmanager
def serving(workers: int, share: int, database: str, directory: Path) -> Iterator[Running]:
    """A server with so many workers, each held to its share."""
    directory.mkdir(parents=True)
    where = Where(directory, free_port(), database)
    server = SERVERS["grantwell-postgresql"][1](where)
    server = replace(server, serve=("taskset", "-c", "0,1", *server.serve, "--workers", str(workers)))
    running = Running(f"{workers} workers", server, where)
    try:
        with contextlib.ExitStack() as held:
            main = psutil.Process(running.pid)
            for process in main.children(recursive=True) if workers > 1 else [main]:
                held.enter_context(limited(process, share))
            yield running
    finally:
        running.close()


def rates(running: Running, kind: str, rounds: int, seconds: int) -> list[float]:
    """Requests a second, in each round."""
    found = []
    for _ in range(rounds):
        plan: Plan = LOADS[kind][0](running, 0)
        told = wrk(plan, running.where.directory, seconds, CONNECTIONS, 0)
        found.append(told["requests"] / told["microseconds"] * 1e6)
    return found


def main() -> None:
    """Read the command line, and measure in turns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--share", type=int, default=20, help="percent of a CPU for each worker")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    asked = parser.parse_args()
    rows = []
    with cluster() as make, tempfile.TemporaryDirectory(prefix="grantwell-workers-") as directory:
        place = Path(directory)
        with (
            serving(1, asked.share, make(), place / "one") as one,
            serving(2, asked.share, make(), place / "two") as two,
        ):
            for kind in KINDS:
                first: list[float] = []
                second: list[float] = []
                for _ in range(asked.rounds):
                    first += rates(one, kind, 1, asked.seconds)
                    second += rates(two, kind, 1, asked.seconds)
                ratio = median(second) / median(first)
                rows.append((kind, f"{median(first):.0f}", f"{median(second):.0f}", f"{ratio:.2f}"))
    sys.stdout.write(table(("load", "one worker, requests/s", "two workers", "ratio"), rows) + "\n")


if __name__ == "__main__":
    main()
