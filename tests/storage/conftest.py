"""The backends that one contract holds for: dictionaries, as the oracle, and every database."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.storage.examples import populate
from tests.support.databases import DATABASES

from grantwell.protocol.store import Backend
from grantwell.storage.dictionary import DictionaryBackend
from grantwell.storage.sqlite import SqliteBackend, open_sqlite

BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "dictionary": lambda _directory: DictionaryBackend(),
    **{name: database.open for name, database in DATABASES.items()},
}


@pytest_asyncio.fixture(params=sorted(BACKENDS))
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """An empty backend, of each kind in turn."""
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    await backend.close()


@pytest_asyncio.fixture
async def backend(empty: Backend) -> Backend:
    """A backend with one record of each kind, of each kind in turn."""
    await populate(empty)
    return empty


@pytest_asyncio.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteBackend]:
    """A SQLite database with one record of each kind."""
    backend = open_sqlite(tmp_path / "grantwell.db", lock=True)
    await populate(backend)
    yield backend
    await backend.close()
