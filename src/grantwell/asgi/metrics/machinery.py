"""What the parts beside the requests come to: the database's driver, background jobs, signing keys, the process."""

import os
import platform
import time
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path

from grantwell import __version__
from grantwell.asgi.job_record import RESULTS, JobRecord
from grantwell.asgi.metrics import catalogue as the
from grantwell.asgi.metrics.catalogue import GROUP_SIZES, Values
from grantwell.protocol.figures import Figures, WriterFigures
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.keys import KeySet

# Linux alone tells a process its present size; elsewhere the metric has no sample.
STATM = Path("/proc/self/statm")


def kind_of(figures: Figures | None) -> str:
    """Which database it is that has these figures."""
    if figures is None:
        return "none"
    return "sqlite" if isinstance(figures, WriterFigures) else "postgresql"


def of_database(figures: Figures | None) -> Values:
    """The queue and groups of SQLite's writer, or the connections to PostgreSQL."""
    if figures is None:
        return {}
    if isinstance(figures, WriterFigures):
        return {
            the.WRITER_WAITING.name: {(): [figures.waiting]},
            the.WRITER_GROUPS.name: {(): _histogram(figures.group_sizes)},
            the.WRITER_BUSY.name: {(): [figures.busy_seconds]},
        }
    return {
        the.POOL_CONNECTIONS.name: {("in_use",): [figures.in_use], ("idle",): [figures.idle]},
        the.POOL_LIMIT.name: {(): [figures.limit]},
        the.POOL_WAITING.name: {(): [figures.waiting]},
        the.POOL_WAITS.name: {(): [figures.waits]},
        the.POOL_WAIT_SECONDS.name: {(): [figures.wait_seconds]},
    }


def _histogram(sizes: Mapping[int, int]) -> list[float]:
    numbers: list[float] = [0] * (len(GROUP_SIZES) + 2)
    for size, times in sizes.items():
        numbers[bisect_left(GROUP_SIZES, size)] += times
        numbers[-1] += size * times
    return numbers


def of_background(records: Mapping[str, JobRecord], removed: Mapping[str, int]) -> Values:
    """What has become of the background jobs."""
    return {
        the.BACKGROUND_RUNS.name: {
            (job, result): [record.runs[result]] for job, record in records.items() for result in RESULTS
        },
        the.BACKGROUND_SECONDS.name: {(job,): [record.seconds] for job, record in records.items()},
        the.BACKGROUND_LAG.name: {(job,): [record.lag] for job, record in records.items()},
        the.BACKGROUND_SUCCESS.name: {(job,): [record.succeeded_at] for job, record in records.items()},
        the.ROWS_REMOVED.name: {(table,): [rows] for table, rows in removed.items()},
    }


def of_keys(keys: KeySet, policy: KeyPolicy, now: float) -> Values:
    """How many signing keys there are of which kind, and how old the one is that signs."""
    values: Values = {the.KEY_ROTATION.name: {(): [policy.rotation_seconds]}}
    waiting = sum(key.activates_at > now for key in keys.keys)
    states = {"next": waiting, "signing": min(len(keys.keys), 1), "verifying": len(keys.keys) - waiting - 1}
    values[the.SIGNING_KEYS.name] = {(state,): [max(number, 0)] for state, number in states.items()}
    if keys.keys:
        values[the.KEY_AGE.name] = {(): [max(now - keys.signing(int(now)).activates_at, 0)]}
    return values


def of_process(database: str, loop_lag: float, lines_lost: int) -> Values:
    """What this process is, and what it takes."""
    values: Values = {
        the.LOOP_LAG.name: {(): [loop_lag]},
        the.LINES_LOST.name: {(): [lines_lost]},
        the.CPU.name: {(): [time.process_time()]},
        the.PROCESSES.name: {(): [1]},
        the.STARTS.name: {(): [1]},
        the.BUILD.name: {(__version__, platform.python_version(), database): [1]},
    }
    if STATM.exists():
        pages = int(STATM.read_bytes().split()[1])
        values[the.MEMORY.name] = {(): [pages * os.sysconf("SC_PAGE_SIZE")]}
    return values
