"""Look-ups and changes of many callers in one PostgreSQL statement: the same answers as one by one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0, advance, generation_in, populate
from tests.support.postgresql import cluster

from grantwell.protocol.changes import AddLineage, AdvanceLineage, RevokeLineage
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage import postgresql_connection
from grantwell.storage.changes import steps_of
from grantwell.storage.postgresql import PostgresqlBackend
from grantwell.storage.postgresql_connection import connect
from grantwell.storage.postgresql_together import (
    CHANGES,
    FREE_ROWS,
    LOOK_UPS,
    Together,
    arrays_of,
    in_order_of_rows,
)

LINEAGES = tuple(f"lineage-{number}" for number in range(2, 9))


@pytest.fixture
def url() -> str:
    """The address of an empty database."""
    return cluster().database_for(object())


@pytest_asyncio.fixture
async def backend(url: str) -> AsyncIterator[PostgresqlBackend]:
    """A database with one record of each kind, and some lineages more."""
    backend = PostgresqlBackend(url)
    await populate(backend)
    await backend.apply([AddLineage(an.lineage(lineage_id=lineage_id)) for lineage_id in LINEAGES])
    yield backend
    await backend.close()


async def statements_run(backend: PostgresqlBackend, together: Together) -> int:
    """How often PostgreSQL has been asked for many at once, as its own connections count it."""
    free = backend._pool._free
    return sum(
        [
            await held.connection.fetchval(
                "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = $1", together.name
            )
            or 0
            for held in free
        ]
    )


async def outcomes_of(*doing: Awaitable[Any]) -> list[Any]:
    found = await asyncio.gather(*doing, return_exceptions=True)
    return [type(answer) if isinstance(answer, BaseException) else answer for answer in found]


async def test_look_ups_at_the_same_time_are_one_statement_with_everybodys_own_answer(
    backend: PostgresqlBackend,
) -> None:
    pairs = [("client-1", "lineage-1"), ("unknown", LINEAGES[3]), ("client-1", "unknown"), ("unknown", "unknown")]
    one_by_one = [await backend.redemption(*pair) for pair in pairs]
    assert await asyncio.gather(*(backend.redemption(*pair) for pair in pairs)) == one_by_one
    assert one_by_one[1].lineage is not None
    assert await statements_run(backend, LOOK_UPS["redemption"]) == 1


async def test_the_same_client_asked_for_twice_is_found_twice(backend: PostgresqlBackend) -> None:
    ids = ["client-1", "unknown", "client-1"]
    found = await asyncio.gather(*map(backend.authenticating_client, ids))
    assert found == [an.authenticating(an.client()), None, an.authenticating(an.client())]


@pytest.mark.parametrize("facts", [("client-1", "", "", "jti-1"), ("user-1", "lineage-1", "session-1", "jti-2")])
async def test_introspections_at_the_same_time_answer_like_each_by_itself(
    backend: PostgresqlBackend, facts: tuple[str, str, str, str]
) -> None:
    subject, lineage_id, session_id, jti = facts
    asked = [
        (caller, client_id, subject, lineage_id, session_id, jti)
        for caller in ("client-1", "unknown")
        for client_id in ("client-1", "unknown")
    ]
    one_by_one = [await backend.introspection(*each) for each in asked]
    assert await asyncio.gather(*(backend.introspection(*each) for each in asked)) == one_by_one


async def test_what_cannot_be_sent_to_postgresql_is_nobody_elses_matter(backend: PostgresqlBackend) -> None:
    found = await outcomes_of(*map(backend.authenticating_client, ["client-1", "client\ud800", "client-1"]))
    assert found[0] == found[2] == an.authenticating(an.client())


async def test_what_postgresql_cannot_keep_is_not_asked_together_with_others(backend: PostgresqlBackend) -> None:
    found = await asyncio.gather(*map(backend.authenticating_client, ["client-1", "client\0one", "client-1"]))
    assert found == [an.authenticating(an.client()), None, an.authenticating(an.client())]
    assert await statements_run(backend, LOOK_UPS["authenticating_client"]) == 1


async def test_of_many_changes_at_once_those_are_made_whose_guard_holds(backend: PostgresqlBackend) -> None:
    await backend.apply([RevokeLineage(LINEAGES[1], T0)])
    stale = AdvanceLineage(LINEAGES[2], 5, T0, T0, "r")
    changes = [advance(0, LINEAGES[0]), advance(0, LINEAGES[1]), stale, advance(0, "unknown"), advance(0, LINEAGES[3])]
    assert await outcomes_of(*(backend.apply([change]) for change in changes)) == [1, Conflict, Conflict, Conflict, 1]
    assert [await generation_in(backend, each) for each in LINEAGES[:4]] == [1, 0, 0, 1]
    assert await statements_run(backend, CHANGES["advance_lineage"]) == 1


async def test_a_change_made_together_is_the_same_change(backend: PostgresqlBackend) -> None:
    await backend.apply([advance(0, LINEAGES[0])])
    await asyncio.gather(*(backend.apply([advance(0, each)]) for each in LINEAGES[1:3]))
    alone, *together = [(await backend.redemption("client-1", each)).lineage for each in LINEAGES[:3]]
    kept = (
        "SELECT DISTINCT generation, rotated_at, expires_at, advanced_by, kept_until FROM lineages WHERE generation = 1"
    )
    assert alone is not None
    assert all(each is not None and each.expires_at == alone.expires_at for each in together)
    assert len(await backend._pool.use(lambda held: held.connection.fetch(kept))) == 1


@pytest.mark.parametrize("number", [1, 3], ids=["alone", "together"])
async def test_a_rotation_touches_no_index(url: str, backend: PostgresqlBackend, number: int) -> None:
    # Redeeming moves `kept_until`; what comes after it moves nothing that is indexed.
    await backend.apply([advance(0, each) for each in LINEAGES])
    asked = [steps_of([advance(1, each)])[0] for each in LINEAGES[:number]]
    connection = await connect(url)
    async with connection.transaction():
        if number == 1:
            await connection.execute(asked[0].statement.postgresql, *asked[0].values)
        else:
            together = CHANGES["advance_lineage"]
            await connection.execute(together.postgresql, *arrays_of([step.values for step in asked]))
        in_place = "SELECT pg_stat_get_xact_tuples_hot_updated('lineages'::regclass)"
        assert await connection.fetchval(in_place) == number
    await connection.close()


async def test_of_two_changes_of_one_lineage_in_one_statement_exactly_one_is_made(backend: PostgresqlBackend) -> None:
    twice = [backend.apply([advance(0, LINEAGES[0])]) for _ in range(2)]
    assert sorted(map(str, await outcomes_of(*twice, backend.apply([advance(0, LINEAGES[1])])))) == sorted(
        map(str, [1, 1, Conflict])
    )
    assert await generation_in(backend, LINEAGES[0]) == 1


async def test_of_two_processes_that_change_the_same_lineages_each_change_has_one_winner(
    backend: PostgresqlBackend, url: str
) -> None:
    other = PostgresqlBackend(url)
    for generation in range(10):
        forwards = [backend.apply([advance(generation, each)]) for each in LINEAGES]
        backwards = [other.apply([advance(generation, each)]) for each in reversed(LINEAGES)]
        outcomes = await outcomes_of(*forwards, *backwards)
        assert outcomes.count(1) == outcomes.count(Conflict) == len(LINEAGES)
    await other.close()


def test_rows_are_changed_in_the_order_of_their_keys_so_that_processes_never_wait_for_each_other() -> None:
    values = [(T0, T0 + 1, "r1", "b", 7), (T0, T0 + 2, "r2", "c", 8), (T0, T0 + 3, "r3", "a", 9)]
    places, arrays = in_order_of_rows(CHANGES["advance_lineage"], values)
    assert arrays == ([T0] * 3, [T0 + 3, T0 + 1, T0 + 2], ["r3", "r1", "r2"], ["a", "b", "c"], [9, 7, 8])
    assert places == [2, 3, 1]


@pytest.mark.parametrize(
    "together", [*LOOK_UPS.values(), *CHANGES.values(), *FREE_ROWS.values()], ids=lambda each: each.name
)
async def test_a_plan_made_while_tables_are_small_finds_rows_by_their_keys(
    backend: PostgresqlBackend, url: str, together: Together
) -> None:
    connection = await connect(url)
    # With statistics that say how small they are.
    await connection.execute("ANALYZE; SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE asked AS {together.postgresql}")
    nulls = ", ".join("NULL" for _ in together.statement.parameters)
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE asked({nulls})"))
    await connection.close()
    assert "Seq Scan" not in plan
    # What is asked for comes first, in its order.
    lines = [line.partition("->")[2] for line in plan.splitlines() if " Scan" in line and "CTE Scan" not in line]
    scans = [line.split(" on ")[0].strip() for line in lines]
    assert scans[0] == "Function Scan"
    assert "Index Scan" in plan


async def test_changes_that_are_one_callers_alone_stay_a_transaction(backend: PostgresqlBackend) -> None:
    both = [advance(0, LINEAGES[0]), advance(7, LINEAGES[1])]
    assert len(steps_of(both)) == 2
    with pytest.raises(Conflict):
        await backend.apply(both)
    assert await generation_in(backend, LINEAGES[0]) == 0


@pytest_asyncio.fixture
async def hasty(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresqlBackend]:
    """A backend with two connections that wait only for a moment for a row."""
    monkeypatch.setattr(postgresql_connection, "ROW_SECONDS", 0.2)
    backend = PostgresqlBackend(url, 2)
    await populate(backend)
    await backend.apply([AddLineage(an.lineage(lineage_id=lineage_id)) for lineage_id in LINEAGES])
    yield backend
    await backend.close()


@asynccontextmanager
async def held(url: str, statement: str) -> AsyncIterator[None]:
    """Somebody else's transaction holds what the statement locks."""
    holder = await connect(url)
    async with holder.transaction():
        await holder.execute(statement)
        yield
    await holder.close()


async def test_a_row_that_somebody_holds_stops_nobody_else(url: str, hasty: PostgresqlBackend) -> None:
    async with held(url, f"SELECT 1 FROM lineages WHERE lineage_id = '{LINEAGES[0]}' FOR UPDATE"):
        asked = [*(advance(0, each) for each in LINEAGES), advance(0, LINEAGES[1]), advance(7, "lineage-1")]
        outcomes = await outcomes_of(*(hasty.apply([each]) for each in asked))
    twice = [outcomes.pop(1), outcomes.pop(-2)]
    assert sorted(map(str, twice)) == sorted(map(str, [1, Conflict]))
    assert outcomes == [StorageUnavailable, *[1] * (len(LINEAGES) - 2), Conflict]
    assert [await generation_in(hasty, each) for each in ("lineage-1", *LINEAGES)] == [0, 0, *[1] * (len(LINEAGES) - 1)]


async def test_a_table_that_somebody_holds_takes_up_one_connection_for_all_who_want_to_change_it(
    url: str, hasty: PostgresqlBackend
) -> None:
    waits = hasty.figures().waits
    async with held(url, "LOCK TABLE lineages IN SHARE MODE"):
        changing = asyncio.gather(*(hasty.apply([advance(0, each)]) for each in LINEAGES * 20), return_exceptions=True)
        began = time.monotonic()
        while not changing.done():
            assert await hasty.client("client-1") == an.client()
        seconds = time.monotonic() - began
        assert {type(each) for each in await changing} == {StorageUnavailable}
    assert hasty.figures().waits == waits
    # Together, and once more where rows are free.
    assert 0.4 <= seconds < 1.5
