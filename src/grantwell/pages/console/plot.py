"""Lines over the last hour as a drawing: points for an SVG, and a scale of round numbers beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 200.0
STEPS = 4
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `paths` are its pieces, as `d` of an SVG path: where nothing was measured it has a gap."""

    name: str
    number: int
    paths: tuple[str, ...]
    latest: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines on one scale, whose marks are the texts from the top down to 0."""

    key: str
    lines: tuple[Line, ...]
    marks: tuple[str, ...]
    grid: tuple[float, ...]


def plot_of(key: str, series: Sequence[tuple[str, Sequence[float | None]]], decimal: str = ".") -> Plot:
    """A plot of named series of equal length, oldest first; None is where nothing was measured.

    `decimal` is what stands before the fraction of a number.
    """
    highest = max((value for _, values in series for value in values if value is not None), default=0.0)
    top = scale_top(highest)
    lines = tuple(
        Line(name, number, _paths(values, top), in_short(_last(values), decimal))
        for number, (name, values) in enumerate(series, 1)
    )
    marks = tuple(in_short(top * (STEPS - step) / STEPS, decimal) for step in range(STEPS + 1))
    return Plot(key, lines, marks, tuple(HEIGHT * step / STEPS for step in range(STEPS + 1)))


def scale_top(highest: float) -> float:
    """The least round number that is not exceeded: the top of a scale of four steps."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest / STEPS))
    step = next(each * power for each in (*ROUND, 20.0) if each * power * STEPS >= highest * 0.999999)
    return step * STEPS


def in_short(value: float | None, decimal: str = ".") -> str:
    """A number with three digits at most that matter."""
    if value is None:
        return "\u2013"
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.3g}".replace(".", decimal)


def _paths(values: Sequence[float | None], top: float) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        x = WIDTH * number / max(len(values) - 1, 1)
        pieces[-1].append(f"{x:.1f},{HEIGHT * (1 - value / top):.1f}")
    # A single point is drawn as a short line: it could not be seen otherwise.
    return tuple(f"M{' L'.join(piece if len(piece) > 1 else piece * 2)}" for piece in pieces if piece)


def _last(values: Sequence[float | None]) -> float | None:
    return values[-1] if values else None
