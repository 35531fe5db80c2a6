"""How the cost of requests, and of what they ask of the database, grows with what is kept.

python -m benchmarks.growth [--database sqlite|postgresql] [--clients 1000000] [--lineages 5000000] [--rounds 7]

Two servers, one with a thousand clients and lineages and one with many, take turns under the same load, as in the other
measurements; but every request is for another row, chosen at random. Then look-ups and changes by themselves, where the
best and the median of the rounds are compared. Five million lineages need 4 GiB of disk.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from benchmarks.growth_fill import Filled, bring_into_memory, fill
from benchmarks.growth_loads import LOADS, Asked, asked_of
from benchmarks.postgresql import cluster
from benchmarks.processes import Running, free_port
from benchmarks.report import table
from benchmarks.rounds import Loading, Sample, sample
from benchmarks.servers import SERVERS, Where
from grantwell.protocol.changes import AdvanceLineage

FEW, EACH, TOGETHER = 1000, 320, 32
ROUNDS_OF_LOOK_UPS = 15
WARM_UP_SECONDS, SECONDS_TO_END = 10, 0.2
# How many requests a second there must be values for, before it is known how many are made.
MOST_A_SECOND = 20_000


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


async def of_look_ups(few: Filled, many: Filled) -> str:
    """The table of what is asked of the database, by itself."""
    rows = []
    for name in works(few):
        together = TOGETHER if name.startswith("rotation") else 1
        pair = {"few": works(few)[name], "many": works(many)[name]}
        taken: dict[str, list[float]] = {which: [] for which in pair}
        for _ in range(ROUNDS_OF_LOOK_UPS):
            for which, work in pair.items():
                taken[which].append(await microseconds(work, together))
        figures = [f(taken[which]) for f in (min, median) for which in pair]
        rows.append((name, *(f"{each:.1f}" for each in figures), *_ratios(figures)))
    heads = ("look-up or change", "few, best us", "many, best us", "few, median us", "many, median us")
    return table((*heads, "ratio of bests", "ratio of medians"), rows)


def _ratios(figures: Sequence[float]) -> tuple[str, str]:
    return f"{figures[1] / figures[0]:.2f}", f"{figures[3] / figures[2]:.2f}"


async def of_requests(few: Asked, many: Asked, loading: Loading) -> str:
    """The table of whole requests."""
    rows = []
    warming = Loading(1, WARM_UP_SECONDS, loading.connections)
    for name in LOADS:
        samples: dict[str, list[Sample]] = {"few": [], "many": []}
        # The first round warms up, until the server knows how many clients there are.
        for number in range(loading.rounds + 1):
            for which, asked in (("few", few), ("many", many)) if number % 2 else (("many", many), ("few", few)):
                found = await _round(name, asked, loading if number else warming)
                samples[which] += [found] if number else []
                sys.stderr.write(f"  {name} {which}: {found.rps:.0f}/s, {found.failures} failures\n")
        rows.append(_row(name, samples["few"], samples["many"]))
    heads = ("request", "few, requests/s", "many", "ratio of cost", "few, CPU us", "many", "ratio of CPU")
    return table((*heads, "few, p99 ms", "many"), rows)


async def _round(name: str, asked: Asked, loading: Loading) -> Sample:
    plan = await LOADS[name](asked, MOST_A_SECOND * loading.seconds)
    await bring_into_memory(asked.filled)
    asked.running.resume()
    found = sample(name, asked.running, plan, loading)
    # What was asked last is still being done: it must not wait for the next round, whose tokens are made before it.
    await asyncio.sleep(SECONDS_TO_END)
    asked.running.pause()
    return found


def _row(name: str, few: Sequence[Sample], many: Sequence[Sample]) -> tuple[str, ...]:
    fastest = max(each.speed for each in (*few, *many))
    rps = [median(each.rps for each in samples) for samples in (few, many)]
    cpu = [median(each.cpu * each.speed / fastest for each in samples) for samples in (few, many)]
    p99 = [median(each.p99 for each in samples) / 1000 for samples in (few, many)]
    return (
        name,
        *(f"{each:,.0f}" for each in rps),
        f"{rps[0] / rps[1]:.2f}",
        *(f"{each:.1f}" for each in cpu),
        f"{cpu[1] / cpu[0]:.2f}",
        *(f"{each:.1f}" for each in p99),
    )


def serve(filled: Filled) -> Running:
    """A server over what is filled."""
    where = Where(filled.settings.data_dir.parent, free_port(), filled.url)
    server = SERVERS["grantwell-postgresql" if filled.url else "grantwell-sqlite"][1](where)
    environment = server.environment
    if filled.settings.secret:
        environment |= {"GRANTWELL_SECRET": filled.settings.secret[0].hex()}
    return Running("few or many", replace(server, prepare=(), environment=environment), where)


async def measure(counts: tuple[int, int], loading: Loading, held: ExitStack, urls: tuple[str, str]) -> tuple[str, str]:
    """Both tables. `urls` are those of PostgreSQL's databases, or empty."""
    directory = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="grantwell-growth-")))
    few = await fill(directory / "few" / "data", (FEW, FEW), urls[0])
    many = await fill(directory / "many" / "data", counts, urls[1])
    # What was filled in is not to be written out while others are measured.
    os.sync()
    look_ups = await of_look_ups(few, many)
    asked = []
    for each in (few, many):
        held.callback((running := serve(each)).close)
        running.pause()
        asked.append(await asked_of(running, each))
    requests = await of_requests(asked[0], asked[1], loading)
    for each in (few, many):
        await each.backend.close()
    return requests, look_ups


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--lineages", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="how long a round is")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    loading = Loading(asked.rounds, asked.seconds, TOGETHER)
    with ExitStack() as held:
        make = held.enter_context(cluster()) if asked.database == "postgresql" else str
        found = asyncio.run(measure((asked.clients, asked.lineages), loading, held, (make(), make())))
    heading = f"{FEW} against {asked.clients:,} clients and {asked.lineages:,} lineages"
    sys.stdout.write("\n\n".join((heading, *found)) + "\n")


if __name__ == "__main__":
    main()
