"""What the driver of a database knows of its own load, for whoever watches the server."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct


class WriterFigures(Struct, frozen=True):
    """The one thread that writes an embedded database.

    `waiting` are the changes in its queue now; `group_sizes` says how many transactions held how many of them, and
    `busy_seconds` how long all of these took.
    """

    waiting: int
    group_sizes: Mapping[int, int]
    busy_seconds: float


class PoolFigures(Struct, frozen=True):
    """The held connections of one process.

    `limit` is how many there may be, `waiting` how many callers want one now; `waits` and `wait_seconds` are how often,
    and how long in all, callers had to wait.
    """

    limit: int
    in_use: int
    idle: int
    waiting: int
    waits: int
    wait_seconds: float


Figures = WriterFigures | PoolFigures


@runtime_checkable
class Measured(Protocol):
    """A database whose driver has figures."""

    def figures(self) -> Figures:
        """The figures of this moment; counts go on from the start of the process."""
