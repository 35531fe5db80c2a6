"""What is PostgreSQL's own: the statements as it takes them, writers who wait for each other, last uses of many."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0, advance, populate
from tests.storage.test_statements import SCANNING
from tests.support.postgresql import cluster

from grantwell.protocol.changes import (
    AddClient,
    AddConsentDecision,
    AddGrant,
    AddLineage,
    AddSigningKey,
    AddUser,
    RecordEvent,
    RemoveClient,
    RevokeGrant,
)
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Conflict
from grantwell.storage.changes import steps_of
from grantwell.storage.postgresql import PostgresqlBackend
from grantwell.storage.postgresql_pool import text_of
from grantwell.storage.statement import CATALOGUE
from grantwell.storage.statements import upkeep

Result = TypeVar("Result")


@pytest.fixture
def url() -> str:
    """The address of an empty database."""
    return cluster().database_for(object())


@pytest_asyncio.fixture
async def backend(url: str) -> AsyncIterator[PostgresqlBackend]:
    """A database with one record of each kind."""
    backend = PostgresqlBackend(url)
    await populate(backend)
    yield backend
    await backend.close()


@pytest_asyncio.fixture
async def other(url: str) -> AsyncIterator[PostgresqlBackend]:
    """The same database, as another process has it."""
    backend = PostgresqlBackend(url)
    yield backend
    await backend.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("name", sorted(CATALOGUE))
async def test_postgresql_prepares_every_statement(url: str, name: str) -> None:
    statement = CATALOGUE[name]
    async with connected(url) as connection:
        prepared = await connection.prepare(text_of(statement))
        parameters, columns = prepared.get_parameters(), prepared.get_attributes()
    # One type a parameter, and only those two that the schema has.
    assert {each.name for each in parameters} <= {"text", "int8"}
    assert len(parameters) == len(statement.parameters)
    assert "?column?" not in {each.name for each in columns}


async def plan_of(connection: "asyncpg.Connection[Any]", name: str) -> str:
    """How PostgreSQL would do it on large tables, whatever the values."""
    nulls = f"({', '.join('NULL' for _ in CATALOGUE[name].parameters)})" if CATALOGUE[name].parameters else ""
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE asked AS {text_of(CATALOGUE[name])}")
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE asked{nulls}"))


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - SCANNING))
async def test_no_statement_needs_to_read_a_whole_table(url: str, name: str) -> None:
    async with connected(url) as connection:
        assert "Seq Scan" not in await plan_of(connection, name)


@pytest.mark.parametrize("statement", upkeep.REMOVE_EXPIRED.values(), ids=lambda statement: statement.name)
async def test_clean_up_reads_its_batch_in_the_order_of_an_index(url: str, statement: Any) -> None:
    async with connected(url) as connection:
        # On a table without rows sorting costs nothing.
        await connection.execute("SET enable_sort = off")
        assert "Sort" not in await plan_of(connection, statement.name)


async def waiting_for_a_lock(url: str) -> None:
    """Return when somebody waits for somebody else's lock."""
    async with connected(url) as connection, asyncio.timeout(5):
        while not await connection.fetchval(
            "SELECT count(activity.pid) FROM pg_sleep(0.005) LEFT JOIN pg_stat_activity AS activity "
            "ON activity.datname = current_database() AND activity.wait_event_type = 'Lock'"
        ):
            pass


@asynccontextmanager
async def while_uncommitted(url: str, *changes: Any) -> AsyncIterator[None]:
    """Inside, another process has made these changes and not committed them yet."""
    async with connected(url) as connection, connection.transaction():
        for statement, values, _guarded in steps_of(changes):
            await connection.execute(text_of(statement), *values)
        yield


async def outcome_of(doing: Awaitable[Result]) -> Result | Conflict:
    try:
        return await doing
    except Conflict as error:
        return error


async def test_of_many_who_advance_a_lineage_at_once_exactly_one_wins(
    backend: PostgresqlBackend, other: PostgresqlBackend
) -> None:
    for generation in range(5):
        tries = [outcome_of(each.apply([advance(generation)])) for _ in range(10) for each in (backend, other)]
        outcomes = await asyncio.gather(*tries)
        assert sum(not isinstance(outcome, Conflict) for outcome in outcomes) == 1
        assert await an.generation_in(other) == generation + 1


async def test_of_many_who_advance_a_lineage_with_an_event_beside_exactly_one_event_is_told(
    backend: PostgresqlBackend, other: PostgresqlBackend
) -> None:
    tries = [
        outcome_of(each.apply([RecordEvent(an.event(event_id=f"{number} {each}")), advance(0)]))
        for number in range(10)
        for each in (backend, other)
    ]
    assert sum(not isinstance(outcome, Conflict) for outcome in await asyncio.gather(*tries)) == 1
    assert len(await backend.audit_events(0, 100)) == 2


@pytest.mark.parametrize(
    "change",
    [
        AddUser(an.user(user_id="user-2", email="new@example.com")),
        AddConsentDecision(an.decision(consent_id="consent-2")),
        AddSigningKey(an.signing_key(kid="kid-2", sequence=2)),
        AddGrant(an.grant(grant_id="grant-2", user_id="user-2")),
    ],
    ids=lambda change: type(change).__name__,
)
async def test_who_would_add_the_same_thing_waits_and_then_loses(
    backend: PostgresqlBackend, url: str, change: Any
) -> None:
    async with while_uncommitted(url, change):
        trying = asyncio.create_task(outcome_of(backend.apply([change])))
        await waiting_for_a_lock(url)
    assert isinstance(await trying, Conflict)


async def test_no_grant_is_made_for_a_client_that_is_being_removed(backend: PostgresqlBackend, url: str) -> None:
    await backend.apply([RevokeGrant("grant-1", T0)])
    async with while_uncommitted(url, RemoveClient("client-1", "org-1")):
        granting = asyncio.create_task(outcome_of(backend.apply([AddGrant(an.grant(grant_id="grant-2"))])))
        await waiting_for_a_lock(url)
    assert isinstance(await granting, Conflict)


async def test_a_grant_that_is_being_made_goes_with_the_client_that_is_removed(
    backend: PostgresqlBackend, url: str
) -> None:
    await backend.apply([RevokeGrant("grant-1", T0)])
    async with while_uncommitted(url, AddGrant(an.grant(grant_id="grant-2"))):
        removing = asyncio.create_task(backend.apply([RemoveClient("client-1", "org-1")]))
        await waiting_for_a_lock(url)
    await removing
    assert await backend.grant("user-1", "grant-2") is None


async def test_writers_who_wait_for_each_other_are_told_of_a_lost_race(
    backend: PostgresqlBackend, other: PostgresqlBackend
) -> None:
    await backend.apply([AddLineage(an.lineage(lineage_id="lineage-2"))])
    for generation in range(10):
        one, two = advance(generation), advance(generation, "lineage-2")
        outcomes = await asyncio.gather(outcome_of(backend.apply([one, two])), outcome_of(other.apply([two, one])))
        assert sum(not isinstance(outcome, Conflict) for outcome in outcomes) <= 1
        if all(isinstance(outcome, Conflict) for outcome in outcomes):
            await backend.apply([one, two])
        assert await an.generation_in(backend) == await an.generation_in(backend, "lineage-2") == generation + 1


async def test_last_uses_of_many_are_written_and_only_forwards(backend: PostgresqlBackend) -> None:
    number = 550
    await backend.apply([AddClient(an.client(client_id=f"many-{n}")) for n in range(number)])
    uses = [Use("client", f"many-{n}", T0 + n) for n in range(number)] + [
        Use("client_secret", "many-7", T0 + 5, "secret-1")
    ]
    await backend.note_uses(uses)
    await backend.note_uses([Use("client", "many-3", T0)])
    for n in (0, 3, number - 1):
        found = await backend.client(f"many-{n}")
        assert found is not None
        assert found.last_used_at == T0 + n
    seven = await backend.client("many-7")
    assert seven is not None
    assert seven.secret_last_used_at == T0 + 5


async def test_processes_that_write_the_same_last_uses_do_not_hinder_each_other(
    backend: PostgresqlBackend, other: PostgresqlBackend
) -> None:
    await backend.apply([AddClient(an.client(client_id=f"many-{n}")) for n in range(100)])

    def uses(odd: int) -> list[Use]:
        """Each process has seen half of the clients, and the secrets of the other half: rows of the same table."""
        kinds = ("client", "client_secret")
        return [Use(kinds[(n + odd) % 2], f"many-{n}", T0, "secret-1") for n in range(100)]

    for _ in range(5):
        await asyncio.gather(backend.note_uses(uses(0)), other.note_uses(uses(1)))


async def test_what_postgresql_cannot_keep_is_kept_as_the_replacement_character(backend: PostgresqlBackend) -> None:
    await backend.apply([advance(0), RecordEvent(an.event(event_id="event-2", detail="a\0b"))])
    assert (await backend.audit_events(0, 9))[-1].detail == "a\ufffdb"
    assert await backend.client("client-1\0") is None
    assert (await backend.redemption("\0", "lineage-1")).lineage is not None


async def test_a_faulty_statement_is_no_outage(backend: PostgresqlBackend) -> None:
    """Whoever has made a mistake must hear of it: it would not go away by trying again."""
    with pytest.raises(asyncpg.DataError):
        await backend.apply([advance(2**70)])
    with pytest.raises(asyncpg.DataError):
        await backend.apply([RecordEvent(an.event(event_id="event-2")), advance(2**70)])
    assert await backend.audit_events(0, 9) == [an.event()]
    await backend.apply([advance(0)])
