"""What a server counts of its requests, in slots of ten seconds, for the last hour: and what that comes to.

Percentiles are estimated from a histogram: within a bucket, requests are taken to be spread evenly.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate

from msgspec import Struct, field

SLOT_SECONDS = 10
SLOTS = 360
# The buckets' upper bounds in seconds; one more bucket is for what took longer.
DURATIONS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
BUCKETS = len(DURATIONS) + 1


class Slot(Struct):
    """What was counted: requests to the API with how long they took (by bucket), and to pages; refusals, tokens."""

    requests: int = 0
    pages: int = 0
    durations: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    refusals: dict[str, int] = {}
    tokens: dict[str, int] = {}

    def add(self, other: "Slot") -> None:
        """Count another slot's too."""
        self.requests += other.requests
        self.pages += other.pages
        self.durations = [a + b for a, b in zip(self.durations, other.durations, strict=True)]
        for ours, theirs in ((self.refusals, other.refusals), (self.tokens, other.tokens)):
            for name, times in theirs.items():
                ours[name] = ours.get(name, 0) + times

    @property
    def refused(self) -> int:
        """How many were refused, for whatever reason."""
        return sum(self.refusals.values())


class Counted(Struct, frozen=True):
    """The slots by their number, which is their time over ten seconds, and who counted.

    `since` is when the counting began, in epoch seconds; `processes` serve now; `shared` says that they would tell each
    other, or else this is what one process knows, whoever serves beside it.
    """

    slots: dict[int, Slot]
    since: float
    processes: int
    shared: bool


NOTHING_COUNTED = Counted({}, 0, 1, shared=False)


def sum_of(slots: Iterable[Slot]) -> Slot:
    """All slots in one."""
    total = Slot()
    for slot in slots:
        total.add(slot)
    return total


def in_steps(slots: Mapping[int, Slot], now: float, step: int) -> list[tuple[int, Slot]]:
    """The last hour in steps of so many seconds, each with the time at which it begins, oldest first.

    The slot that is not over yet is left out, for it would look like a fall.
    """
    width = step // SLOT_SECONDS
    end = int(now) // SLOT_SECONDS
    beginnings = range(end - SLOTS, end, width)
    return [
        (number * SLOT_SECONDS, sum_of(slots[each] for each in range(number, number + width) if each in slots))
        for number in beginnings
    ]


def percentile(durations: list[int], part: float) -> float | None:
    """How long that part of the requests took at most, in seconds; None if there were none."""
    total = sum(durations)
    if not total:
        return None
    rank = part * total
    for bucket, upto in enumerate(accumulate(durations)):
        if upto >= rank and durations[bucket]:
            break
    if bucket == len(DURATIONS):
        return float(DURATIONS[-1])
    lower = DURATIONS[bucket - 1] if bucket else 0.0
    return float(lower + (DURATIONS[bucket] - lower) * (rank - upto + durations[bucket]) / durations[bucket])
