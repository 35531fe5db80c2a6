"""What runs statements: the two ways in which a driver reads."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement


class Queries(ABC):
    """A driver says how one row is read on the quick path, and how many are read beside it."""

    @abstractmethod
    async def point(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        """The first row of a look-up by key. Raises StorageUnavailable."""

    @abstractmethod
    async def scan(self, statement: Statement, values: tuple[Any, ...]) -> Sequence[Row]:
        """All rows of a statement that may take its time. Raises StorageUnavailable."""
