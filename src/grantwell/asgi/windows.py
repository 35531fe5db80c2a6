"""Counting in fixed windows of time: what rate limits are made of.

Small and our own, since an introspection counts at every request: a library's general counter cost an eighth of it.
"""

from msgspec import Struct

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# So many windows are kept before those that are over are looked for, and so many at most: then the older half goes.
MANY = 10_000
MOST = 100_000


class Limit(Struct, frozen=True):
    """At most `count` in a window of `seconds`."""

    count: int
    seconds: int


class Window(Struct, gc=False):
    """How often something has happened, until `ends_at`."""

    ends_at: int
    count: int


def parse_limit(text: str) -> Limit:
    """Read a limit such as `30/minute`. Raises ValueError."""
    count, _, unit = text.partition("/")
    if unit not in SECONDS:
        raise ValueError(f"not a limit: {text}")
    return Limit(int(count), SECONDS[unit])


class Windows:
    """One window for each key that has happened lately; it begins with the first time. Times are epoch seconds."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, ...], Window] = {}
        self._many = MANY

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._windows)

    def count(self, key: tuple[str, ...], seconds: int, now: int) -> Window:
        """Count once more. The answer is the window as it is then."""
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            if len(self._windows) >= self._many:
                self._forget(now)
            window = self._windows[key] = Window(now + seconds, 0)
        window.count += 1
        return window

    def seen(self, key: tuple[str, ...], now: int) -> Window | None:
        """The window of a key, if it has one that is not over."""
        window = self._windows.get(key)
        return window if window is not None and window.ends_at > now else None

    def _forget(self, now: int) -> None:
        living = [(key, window) for key, window in self._windows.items() if window.ends_at > now]
        self._windows = dict(living if len(living) < MOST else living[len(living) // 2 :])
        # Looked for again only when there are twice as many: many living windows must not make each new one slow.
        self._many = min(MOST, max(MANY, 2 * len(self._windows)))
