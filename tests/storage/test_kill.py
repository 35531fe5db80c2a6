"""`kill -9` in the middle of a load: what was acknowledged is kept, and nothing was done twice."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.storage import examples as an

from grantwell.protocol.changes import AddLineage
from grantwell.storage.sqlite import open_sqlite

LINEAGES = 64
ACKNOWLEDGED = 400

# Sixty-four callers each advance a lineage of their own, with an event beside, and say so when they are answered.
PROGRAM = """
import asyncio, os, sys
from tests.storage import examples as an
from grantwell.protocol.changes import AdvanceLineage, RecordEvent
from grantwell.storage.sqlite import open_sqlite

async def advance(backend, n):
    for generation in range(1_000_000):
        event = RecordEvent(an.event(event_id=f"{n} {generation}", at=generation))
        await backend.apply([AdvanceLineage(f"lineage-{n}", generation, 1, 1, "r"), event])
        os.write(1, f"{n} {generation}\\n".encode())

async def main():
    backend = open_sqlite(sys.argv[1], lock=True)
    await asyncio.gather(*(advance(backend, n) for n in range(int(sys.argv[2]))))

asyncio.run(main())
"""


def killed_in_mid_load(path: Path) -> dict[int, int]:
    """How far each caller was told that it had come when the program was killed."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(LINEAGES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(ACKNOWLEDGED)]
        program.send_signal(signal.SIGKILL)
        said += program.stdout.readlines()
    assert program.returncode == -signal.SIGKILL
    told: dict[int, int] = defaultdict(int)
    for line in said:
        if line.endswith("\n"):
            n, generation = map(int, line.split())
            told[n] = generation + 1
    return told


async def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_done_by_half(tmp_path: Path) -> None:
    path = tmp_path / "grantwell.db"
    backend = open_sqlite(path, lock=True)
    await backend.apply([AddLineage(an.lineage(lineage_id=f"lineage-{n}")) for n in range(LINEAGES)])
    await backend.close()

    told = killed_in_mid_load(path)
    assert sum(told.values()) >= ACKNOWLEDGED

    backend = open_sqlite(path, lock=True)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        events = {event_id for (event_id,) in connection.execute("SELECT event_id FROM audit_events")}
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for n in range(LINEAGES):
        found = await an.generation_in(backend, f"lineage-{n}")
        # The last step may have been committed and not yet acknowledged: one at most, for a caller awaits each.
        assert told[n] <= found <= told[n] + 1
        assert {generation for generation in range(found + 2) if f"{n} {generation}" in events} == set(range(found))
    await backend.apply([an.advance(await an.generation_in(backend, "lineage-1"))])
    await backend.close()
