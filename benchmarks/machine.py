"""What the machine tells of a process tree: CPU time, memory; and how fast a CPU is at this moment."""

import os
import signal
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """A process with all its descendants."""
    children = defaultdict(list)
    for each in PROC.iterdir():
        if each.name.isdigit() and (fields := _stat(int(each.name))):
            children[int(fields[1])].append(int(each.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children[found[-1]]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none of a process that is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(pid: int) -> float:
    """User and system time that a process tree has used."""
    stats = [_stat(each) for each in tree(pid)]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats if fields) / TICKS


def memory_mib(pid: int) -> float:
    """Resident memory of a process tree; what several processes share counts in each."""
    return sum(_resident(each) for each in tree(pid)) / 1024


def _resident(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def send(pid: int, what: signal.Signals) -> None:
    """Signal a process tree."""
    for each in tree(pid):
        try:
            os.kill(each, what)
        except ProcessLookupError:
            continue


def pin(pid: int, cpu: int) -> None:
    """Keep a process tree, and what it will start, on one CPU."""
    for each in tree(pid):
        os.sched_setaffinity(each, {cpu})


def turns_a_second(cpu: int, seconds: float = 0.03) -> float:
    """How many turns of a small loop a CPU makes in a second of its time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        start, turns = time.thread_time(), 0
        while time.thread_time() - start < seconds:
            for _ in range(200):
                turns += 1
        return turns / (time.thread_time() - start)
    finally:
        os.sched_setaffinity(0, before)


def description() -> str:
    """The machine in a few words."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal:")), 0)
    system = os.uname()
    return f"{len(models)} x {models[0]}, {memory / 1024 / 1024:.0f} GiB, {system.sysname} {system.release}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def milliseconds_to_disk(directory: Path, times: int = 50) -> float:
    """The median time of an fdatasync after 4 KiB, where the databases lie."""
    place, block, taken = directory / "fdatasync.probe", os.urandom(4096), []
    with place.open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(block)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - start)
    place.unlink()
    return median(taken) * 1000
