"""The contract: signing keys are sealed anew, and it is known which server secrets are still needed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0, advance, populate
from tests.support.databases import DATABASES

from grantwell.protocol.changes import AddLineage, ResealSigningKey, RevokeLineage
from grantwell.protocol.store import Backend, Conflict
from grantwell.storage.backend import SqlBackend


async def test_a_key_is_sealed_anew_and_is_otherwise_the_same(backend: Backend) -> None:
    await backend.apply([ResealSigningKey("kid-1", "ciphertext", "another")])
    assert await backend.signing_keys() == [an.signing_key(private_key="another")]


@pytest.mark.parametrize("seen", ["another", ""])
async def test_a_key_that_somebody_else_has_sealed_anew_is_a_lost_race(backend: Backend, seen: str) -> None:
    with pytest.raises(Conflict):
        await backend.apply([ResealSigningKey("kid-1", seen, "third")])
    with pytest.raises(Conflict):
        await backend.apply([ResealSigningKey("kid-9", "ciphertext", "third")])
    assert await backend.signing_keys() == [an.signing_key()]


@pytest_asyncio.fixture(params=DATABASES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database with one record of each kind, of each kind in turn."""
    backend = DATABASES[request.param].open(tmp_path)
    assert isinstance(backend, SqlBackend)
    await populate(backend)
    yield backend
    await backend.close()


async def test_a_secret_is_needed_by_the_lineages_that_live_by_it(database: SqlBackend) -> None:
    await database.apply(
        [
            AddLineage(an.lineage(lineage_id="code", key_id="k2", expires_at=T0 + 60)),
            AddLineage(an.lineage(lineage_id="later", key_id="k2", expires_at=T0 + 90)),
            AddLineage(an.lineage(lineage_id="revoked", key_id="k3")),
            RevokeLineage("revoked", T0),
            advance(0),
        ]
    )
    # One that was redeemed lives to its end, a code to its expiry.
    end = an.lineage().ends_at
    assert await database.lineages_by_secret(T0) == [("k1", 1, end), ("k2", 2, T0 + 90)]
    assert await database.lineages_by_secret(T0 + 70) == [("k1", 1, end), ("k2", 1, T0 + 90)]
    assert await database.lineages_by_secret(end) == []
