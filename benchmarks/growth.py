"""How the cost of what the token path asks and does grows with what is kept (SQLite).

python -m benchmarks.growth [--clients 1000000] [--lineages 5000000] [--rounds 15]

Two files, one with a thousand clients and lineages and one with many, take turns; every request is for another row,
chosen at random, and the best and the median of the rounds are compared. Elapsed time: with many rows a part of it is
the disk's. Five million lineages need 4 GiB of disk.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.prepare import a_client, a_lineage, add_client, context_of
from benchmarks.report import table
from grantwell.protocol.changes import AddClient, AddLineage, AdvanceLineage
from grantwell.settings import load_settings
from grantwell.storage.sqlite import SqliteBackend, open_sqlite

FEW, EACH, TOGETHER = 1000, 320, 32
# A template row again and again, each time with another key.
COPY = """INSERT INTO {table} SELECT * FROM (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers
    WHERE n < {count}) SELECT {columns} FROM numbers, {table} AS template WHERE template.{key} = '{template}')"""


class Filled(Struct, frozen=True):
    """A database, and some of the keys in it."""

    backend: SqliteBackend
    clients: list[str]
    lineages: list[str]


async def fill(directory: Path, clients: int, lineages: int) -> Filled:
    """Make a database with so many rows."""
    settings = load_settings(data_dir=directory)
    await add_client(settings)
    context, place = context_of(settings), directory / "grantwell.db"
    backend = open_sqlite(place, lock=False)
    template = replace(a_client(settings, context), client_id="template")
    await backend.apply((AddClient(template), AddLineage(replace(a_lineage(context, 1), lineage_id="template"))))
    await backend.close()
    _copy(place, "clients", "client_id", clients)
    _copy(place, "lineages", "lineage_id", lineages)
    with sqlite3.connect(place) as connection:
        found = [_some(connection, *each) for each in (("clients", "client_id"), ("lineages", "lineage_id"))]
    return Filled(open_sqlite(place, lock=False), *found)


def _copy(place: Path, name: str, key: str, count: int) -> None:
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -2000000")
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        columns = ", ".join("lower(hex(randomblob(11)))" if each == key else f"template.{each}" for each in names)
        connection.execute(COPY.format(table=name, count=count, columns=columns, key=key, template="template"))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _some(connection: sqlite3.Connection, name: str, key: str) -> list[str]:
    last = connection.execute(f"SELECT max(rowid) FROM {name}").fetchone()[0]
    chosen = [random.randint(1, last) for _ in range(50_000)]
    found = (connection.execute(f"SELECT {key} FROM {name} WHERE rowid = ?", (each,)).fetchone() for each in chosen)
    return [row[0] for row in found if row]


def works(filled: Filled) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is timed."""
    now, generations = int(time.time()), dict.fromkeys(filled.lineages, 1)

    async def rotate() -> None:
        lineage = random.choice(filled.lineages)
        generation = generations[lineage]
        generations[lineage] += 1
        await filled.backend.apply((AdvanceLineage(lineage, generation, now, now + 1000),))

    return {
        "client (client_credentials)": lambda: filled.backend.client(random.choice(filled.clients)),
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


async def measure(clients: int, lineages: int, rounds: int, directory: Path) -> str:
    """The table."""
    few, many = await fill(directory / "few", FEW, FEW), await fill(directory / "many", clients, lineages)
    rows = []
    for name in works(few):
        together = TOGETHER if name.startswith("rotation") else 1
        pair = {"few": works(few)[name], "many": works(many)[name]}
        taken: dict[str, list[float]] = {which: [] for which in pair}
        for _ in range(rounds):
            for which, work in pair.items():
                taken[which].append(await microseconds(work, together))
        best = [min(taken[which]) for which in ("few", "many")]
        usual = [median(taken[which]) for which in ("few", "many")]
        rows.append((name, *(f"{each:.1f}" for each in (*best, *usual)), f"{best[1] / best[0]:.2f}"))
        rows[-1] += (f"{usual[1] / usual[0]:.2f}",)
    for each in (few, many):
        await each.backend.close()
    heads = ("look-up or change", "few, best us", "many, best us", "few, median us", "many, median us")
    return table((*heads, "ratio of bests", "ratio of medians"), rows)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--lineages", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grantwell-growth-") as directory:
        found = asyncio.run(measure(asked.clients, asked.lineages, asked.rounds, Path(directory)))
    sys.stdout.write(f"{FEW} against {asked.clients:,} clients and {asked.lineages:,} lineages\n\n{found}\n")


if __name__ == "__main__":
    main()
