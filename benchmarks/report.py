"""The results in Markdown: what was seen, and how it compares with the goals."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from benchmarks.rounds import Sample


class Goal(Struct, frozen=True):
    """A ratio of requests a second, of ours to another server's, in one run."""

    load: str
    ours: str
    other: str
    required: float
    aim: float


class Start(Struct, frozen=True):
    """A server's seconds from its start to its first answer, and its memory then and after all loads, in MiB."""

    server: str
    first_answer: float
    memory_at_start: float
    memory_after_load: float


SQLITE, POSTGRESQL = "grantwell-sqlite", "grantwell-postgresql"
GOALS = (
    Goal("client_credentials", SQLITE, "oidc-provider-jwt", 2.5, 4),
    Goal("client_credentials", SQLITE, "ceil-es256", 0.6, 0.8),
    Goal("introspect", SQLITE, "oidc-provider", 1.5, 3),
    Goal("introspect", POSTGRESQL, "oidc-provider", 1.0, 2),
    Goal("refresh", SQLITE, "oidc-provider", 1.2, 2),
    Goal("refresh", POSTGRESQL, "oidc-provider", 1.0, 2),
    *(
        Goal(load, f"grantwell-{database}", f"{peer}-{database}", 10, 20)
        for load in ("client_credentials", "introspect", "refresh", "code")
        for database in ("sqlite", "postgresql")
        for peer in ("dot", "authlib")
    ),
)
CODE_AGAINST_REFRESH = (0.8, 1.0)
MOST_MEMORY, SLOWEST_START = 90, 0.6


class Results:
    """All samples of a run."""

    def __init__(self, samples: Sequence[Sample], idle: Sequence[Sample], starts: Sequence[Start]) -> None:
        """`idle` are those at half load."""
        self.samples, self.idle, self.starts = samples, idle, starts
        self.loads = tuple(dict.fromkeys(sample.load for sample in samples))
        self.fastest = max(sample.speed for sample in samples)

    def of(self, load: str, server: str) -> list[Sample]:
        """The rounds of a server."""
        return [sample for sample in self.samples if (sample.load, sample.server) == (load, server)]

    def servers(self, load: str) -> tuple[str, ...]:
        """Who took part in a load, the fastest first."""
        names = {sample.server for sample in self.samples if sample.load == load}
        return tuple(sorted(names, key=lambda name: -self.rps(load, name)))

    def rps(self, load: str, server: str) -> float:
        """The median of the requests a second."""
        return median(sample.rps for sample in self.of(load, server))

    def per_cpu_second(self, load: str, server: str) -> float:
        """Requests for a second of CPU time, at the best speed that the CPU had in this run; the median."""
        rounds = self.of(load, server)
        return median(1e6 / max(sample.cpu, 0.1) * self.fastest / sample.speed for sample in rounds)

    def half_load(self, load: str, server: str) -> Sample | None:
        """The round at half load."""
        return next((sample for sample in self.idle if (sample.load, sample.server) == (load, server)), None)

    @property
    def failures(self) -> int:
        """Requests that were not answered as they should have been."""
        return sum(sample.failures for sample in (*self.samples, *self.idle))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose first column is text."""
    marks = ["---", *("---:" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows))


def load_table(results: Results, load: str) -> str:
    """What was seen of each server under a load."""
    heads = ("server", "requests/s", "lowest..highest", "requests per CPU-s", "p50 ms", "p99 ms", "p99 ms at half load")
    rows = []
    for server in results.servers(load):
        rounds, half = results.of(load, server), results.half_load(load, server)
        rows.append(
            (
                server,
                f"{results.rps(load, server):,.0f}",
                f"{min(each.rps for each in rounds):,.0f}..{max(each.rps for each in rounds):,.0f}",
                f"{results.per_cpu_second(load, server):,.0f}",
                f"{median(each.p50 for each in rounds) / 1000:.1f}",
                f"{median(each.p99 for each in rounds) / 1000:.1f}",
                f"{half.p99 / 1000:.1f}" if half else "",
            )
        )
    return table(heads, rows)


def goal_table(results: Results) -> str:
    """Each goal beside what was reached."""
    rows = []
    for goal in GOALS:
        if results.of(goal.load, goal.ours) and results.of(goal.load, goal.other):
            ratio = results.rps(goal.load, goal.ours) / results.rps(goal.load, goal.other)
            by_cpu = results.per_cpu_second(goal.load, goal.ours) / results.per_cpu_second(goal.load, goal.other)
            rows.append(_goal_row(f"{goal.load}: {goal.ours} / {goal.other}", goal.required, goal.aim, ratio, by_cpu))
    for server in (SQLITE, POSTGRESQL):
        if results.of("code", server) and results.of("refresh", server):
            ratio = results.rps("code", server) / results.rps("refresh", server)
            by_cpu = results.per_cpu_second("code", server) / results.per_cpu_second("refresh", server)
            rows.append(_goal_row(f"{server}: code / refresh", *CODE_AGAINST_REFRESH, ratio, by_cpu))
    return table(("ratio", "required", "aim", "requests/s", "per CPU-s", ""), rows)


def _goal_row(what: str, required: float, aim: float, ratio: float, by_cpu: float) -> tuple[str, ...]:
    verdict = "aim reached" if ratio >= aim else "required reached" if ratio >= required else "**missed**"
    return (what, f"{required:g}", f"{aim:g}", f"{ratio:.2f}", f"{by_cpu:.2f}", verdict)


def start_table(results: Results) -> str:
    """Starting and memory."""
    heads = ("server", "start to first answer, s", "memory at start, MiB", "memory after all loads, MiB")
    return table(
        heads,
        [
            (each.server, f"{each.first_answer:.2f}", f"{each.memory_at_start:.0f}", f"{each.memory_after_load:.0f}")
            for each in results.starts
        ],
    )
