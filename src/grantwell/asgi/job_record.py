"""What has become of one background job in this process."""

from typing import Literal

from msgspec import Struct, field

Result = Literal["done", "postponed", "failed"]
RESULTS: tuple[Result, ...] = ("done", "postponed", "failed")


def _no_runs() -> dict[str, int]:
    return dict.fromkeys(RESULTS, 0)


class JobRecord(Struct):
    """Runs by result; `succeeded_at` is the start of the process until the first success.

    `lag` is how much later than planned the last run began, `seconds` how long all runs took.
    """

    succeeded_at: float
    runs: dict[str, int] = field(default_factory=_no_runs)
    lag: float = 0.0
    seconds: float = 0.0

    def note(self, result: Result, at: float, seconds: float) -> None:
        """Note one run that ended at `at`."""
        self.runs[result] += 1
        self.seconds += seconds
        if result == "done":
            self.succeeded_at = at
