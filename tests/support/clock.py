"""Time in the test's hand."""

# Noon of a day on which nothing else happens.
NOON = 1_780_315_200.0


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
