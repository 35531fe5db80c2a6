"""The lives of signing keys as a picture: one bar a key, on one axis of time.

Publishing and verifying take minutes where signing takes months, so that short phases are drawn wider than they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Phase: TypeAlias = tuple[str, datetime, datetime]

WIDTH = 1000.0
NARROWEST = 14.0
MOST = 5
PHASES = ("published", "signs", "planned", "verifies", "removed")


@dataclass(frozen=True, slots=True)
class Segment:
    """A phase of a key; `x` and `width` are in thousandths of the axis."""

    phase: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A key's phases, in the order of time."""

    key: dict[str, Any]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars, newest first, and where now is; `phases` are those that occur."""

    bars: tuple[Bar, ...]
    begins: datetime
    now: datetime
    ends: datetime
    now_at: float
    phases: tuple[str, ...]


def timeline_of(keys: list[dict[str, Any]], meta: dict[str, Any]) -> Timeline | None:
    """The timeline of the newest keys; None where there is no key, or nothing to look forward to."""
    shown = keys[:MOST]
    if not shown or not meta["next_rotation_at"]:
        return None
    now, next_rotation = _time(meta["now"]), _time(meta["next_rotation_at"])
    begins = min(_time(key["published_at"]) for key in shown)
    ends = max(next_rotation, now, *(_last_of(key) for key in shown))
    ends += (ends - begins) * 0.04 + timedelta(minutes=1)

    def place(at: datetime) -> float:
        return round(min(max((at - begins) / (ends - begins), 0), 1) * WIDTH, 1)

    bars = tuple(Bar(key, _drawn(_phases(key, now, next_rotation, ends), place)) for key in shown)
    there = {segment.phase for bar in bars for segment in bar.segments}
    return Timeline(bars, begins, now, ends, place(now), tuple(phase for phase in PHASES if phase in there))


def _last_of(key: dict[str, Any]) -> datetime:
    return max(_time(key[name]) for name in ("signs_from", "signs_until", "verifies_until") if key[name])


def _phases(key: dict[str, Any], now: datetime, next_rotation: datetime, ends: datetime) -> list[Phase]:
    signs_from = _time(key["signs_from"])
    phases = [("published", _time(key["published_at"]), signs_from)]
    if key["signs_until"]:
        phases.append(("signs", signs_from, _time(key["signs_until"])))
    elif key["state"] == "signing":
        phases += [("signs", signs_from, now), ("planned", now, next_rotation)]
    else:
        phases.append(("planned", signs_from, ends))
    if key["revoked_at"]:
        phases.append(("removed", _time(key["revoked_at"]), _time(key["revoked_at"])))
    elif key["signs_until"] and key["verifies_until"]:
        phases.append(("verifies", _time(key["signs_until"]), _time(key["verifies_until"])))
    return phases


def _drawn(phases: list[Phase], place: Callable[[datetime], float]) -> tuple[Segment, ...]:
    """Side by side, none narrower than can be seen. A key that never signed has no such phase."""
    segments, x = [], 0.0
    for phase, start, end in phases:
        if phase in ("published", "signs", "planned") and start >= end:
            continue
        x = max(x, place(start))
        width = max(place(end) - x, NARROWEST)
        x = min(x, WIDTH - width)
        segments.append(Segment(phase, round(x, 1), round(width, 1)))
        x += width
    return tuple(segments)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
