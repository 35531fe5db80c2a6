"""How the cost of requests, and of what they ask of the database, grows with what is kept.

python -m benchmarks.growth [--database sqlite|postgresql] [--clients 1000000] [--lineages 5000000] [--rounds 15]

Two databases, one with a thousand clients and lineages and one with many, take turns; every request is for another row,
chosen at random, and the best and the median of the rounds are compared. Elapsed time: with many rows a part of it is
the disk's. Five million lineages need 4 GiB of disk.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median

from benchmarks.growth_fill import Filled, fill
from benchmarks.growth_requests import REQUESTS, answers, serve
from benchmarks.postgresql import cluster
from benchmarks.report import table
from grantwell.protocol.changes import AdvanceLineage

FEW, EACH, TOGETHER = 1000, 320, 32


def works(filled: Filled) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is timed."""
    now, generations = int(time.time()), dict.fromkeys(filled.lineages[1::2], 1)
    # Those that are under way together are different ones.
    turn = cycle(generations)

    async def rotate() -> None:
        lineage = next(turn)
        generation = generations[lineage]
        generations[lineage] += 1
        await filled.backend.apply((AdvanceLineage(lineage, generation, now, now + 1000, os.urandom(12).hex()),))

    return {
        "client (client_credentials)": lambda: filled.backend.authenticating_client(random.choice(filled.clients)),
        "introspection (introspect)": lambda: filled.backend.introspection(
            random.choice(filled.clients), random.choice(filled.clients), "user_bench", "", "", "jti"
        ),
        "redemption (refresh, code)": lambda: filled.backend.redemption(
            random.choice(filled.clients), random.choice(filled.lineages)
        ),
        f"rotation, {TOGETHER} at a time": rotate,
    }


async def microseconds(work: Callable[[], Awaitable[object]], together: int) -> float:
    """Elapsed time of one, among some that are under way together."""
    began = time.perf_counter()
    for _ in range(EACH // together):
        await asyncio.gather(*(work() for _ in range(together))) if together > 1 else await work()
    return (time.perf_counter() - began) / EACH * 1e6


async def of_requests(few: Filled, many: Filled, rounds: int) -> list[tuple[str, ...]]:
    """Whole requests, so many in step."""
    servers = {"few": await serve(few), "many": await serve(many)}
    rows = []
    for name, make in REQUESTS.items():
        taken: dict[str, list[float]] = {which: [] for which in servers}
        for _ in range(rounds):
            for which, asked in servers.items():
                calls = await make(asked, EACH)
                began = time.perf_counter()
                for start in range(0, EACH, TOGETHER):
                    await answers(asked, calls[start : start + TOGETHER])
                taken[which].append((time.perf_counter() - began) / EACH * 1e6)
        rows.append(_row(f"request: {name}", taken))
    for asked in servers.values():
        await asked.app.stop()
    return rows


def _row(name: str, taken: dict[str, list[float]]) -> tuple[str, ...]:
    few, many = taken["few"], taken["many"]
    figures = (f"{each:.1f}" for each in (min(few), min(many), median(few), median(many)))
    return (name, *figures, f"{min(many) / min(few):.2f}", f"{median(many) / median(few):.2f}")


async def measure(counts: tuple[int, int], rounds: int, directory: Path, urls: tuple[str, str]) -> str:
    """The table."""
    few = await fill(directory / "few", (FEW, FEW), urls[0])
    many = await fill(directory / "many", counts, urls[1])
    rows = []
    for name in works(few):
        together = TOGETHER if name.startswith("rotation") else 1
        pair = {"few": works(few)[name], "many": works(many)[name]}
        taken: dict[str, list[float]] = {which: [] for which in pair}
        for _ in range(rounds):
            for which, work in pair.items():
                taken[which].append(await microseconds(work, together))
        rows.append(_row(name, taken))
    rows = await of_requests(few, many, rounds) + rows
    heads = ("request, look-up or change", "few, best us", "many, best us", "few, median us", "many, median us")
    return table((*heads, "ratio of bests", "ratio of medians"), rows)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--lineages", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    with ExitStack() as held:
        directory = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="grantwell-growth-")))
        urls = ("", "")
        if asked.database == "postgresql":
            make = held.enter_context(cluster())
            urls = (make(), make())
        found = asyncio.run(measure((asked.clients, asked.lineages), asked.rounds, directory, urls))
    sys.stdout.write(f"{FEW} against {asked.clients:,} clients and {asked.lineages:,} lineages\n\n{found}\n")


if __name__ == "__main__":
    main()
