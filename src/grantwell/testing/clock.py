"""Time in the test's hand."""

import time


class Clock:
    """Stands still at the moment of the start, in whole seconds, until the test moves it.

    It begins at the real time, so that whoever compares a token's times with the real ones finds it good. Call it for
    the time, in seconds since 1970: it fits wherever a `clock=time.time` does.
    """

    def __init__(self, now: float | None = None) -> None:
        self.now = float(int(time.time())) if now is None else now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, or go back where `seconds` is negative. Nothing waits for it: it is over at once."""
        self.now += seconds

    def __repr__(self) -> str:
        return f"Clock({self.now})"
