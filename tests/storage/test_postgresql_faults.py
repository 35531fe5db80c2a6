"""PostgreSQL behind a network that fails, and a PostgreSQL that says no: what each caller is told, and what is kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0, advance, populate
from tests.storage.test_postgresql import connected, waiting_for_a_lock, while_uncommitted
from tests.support.postgresql import cluster
from tests.support.proxy import Moment, Proxy

from grantwell.protocol.changes import AddClient, AddLineage, AdvanceLineage, RecordEvent
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage import postgresql_connection
from grantwell.storage.errors import CannotOpen
from grantwell.storage.postgresql import PostgresqlBackend, open_postgresql

CONNECTIONS = 4
ONE_STATEMENT = (advance(0),)
A_TRANSACTION = (advance(0), RecordEvent(an.event(event_id="event-2")))


@pytest.fixture
def url() -> str:
    """The address of an empty database."""
    return cluster().database_for(object())


@pytest_asyncio.fixture
async def proxy(url: str) -> AsyncIterator[Proxy]:
    async with Proxy(url) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def backend(url: str, proxy: Proxy) -> AsyncIterator[PostgresqlBackend]:
    """A database with one record of each kind, behind the proxy, and all its connections open."""
    backend = PostgresqlBackend(proxy.url, CONNECTIONS)
    await populate(backend)
    await asyncio.gather(*(backend.client("client-1") for _ in range(CONNECTIONS)))
    yield backend
    await backend.close()


@pytest_asyncio.fixture
async def beside(url: str) -> AsyncIterator[PostgresqlBackend]:
    """The same database without the proxy: what is really there."""
    backend = PostgresqlBackend(url)
    yield backend
    await backend.close()


async def serves_again(backend: PostgresqlBackend) -> None:
    """One read and one change, each at the first attempt."""
    assert await backend.client("client-1") == an.client()
    await backend.apply([AddClient(an.client(client_id="later"))])
    assert await backend.client("later") == an.client(client_id="later")


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_read_whose_connection_is_cut_is_asked_again(
    backend: PostgresqlBackend, proxy: Proxy, moment: Moment
) -> None:
    proxy.cut(moment, "client-1")
    assert await backend.client("client-1") == an.client()


async def test_a_read_is_asked_again_only_once(backend: PostgresqlBackend, proxy: Proxy) -> None:
    proxy.cut("before", "client-1", times=2)
    with pytest.raises(StorageUnavailable, match="the database cannot answer"):
        await backend.client("client-1")
    await serves_again(backend)


async def test_many_reads_survive_that_all_connections_are_cut(backend: PostgresqlBackend, proxy: Proxy) -> None:
    for _ in range(3):
        reads = [asyncio.create_task(backend.client("client-1")) for _ in range(CONNECTIONS)]
        await asyncio.sleep(0)
        proxy.cut_all()
        assert await asyncio.gather(*reads) == [an.client()] * CONNECTIONS


@pytest.mark.parametrize("changes", [ONE_STATEMENT, A_TRANSACTION], ids=["one statement", "a transaction"])
async def test_a_change_cut_before_the_database_saw_it_is_of_unknown_fate_and_was_not_made(
    backend: PostgresqlBackend, beside: PostgresqlBackend, proxy: Proxy, changes: Sequence[Any]
) -> None:
    proxy.cut("before", "lineage-1")
    with pytest.raises(Conflict):
        await backend.apply(changes)
    assert await an.generation_in(beside) == 0
    assert await beside.audit_events(0, 9) == [an.event()]
    await serves_again(backend)
    await backend.apply(changes)
    assert await an.generation_in(beside) == 1


async def test_a_transaction_cut_before_its_commit_is_of_unknown_fate_and_was_not_made(
    backend: PostgresqlBackend, beside: PostgresqlBackend, proxy: Proxy
) -> None:
    proxy.cut("before", "COMMIT")
    with pytest.raises(Conflict):
        await backend.apply(A_TRANSACTION)
    assert await an.generation_in(beside) == 0
    assert await beside.audit_events(0, 9) == [an.event()]
    await serves_again(backend)
    await backend.apply(A_TRANSACTION)
    assert await an.generation_in(beside) == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [(ONE_STATEMENT, "lineage-1"), (A_TRANSACTION, "COMMIT")],
    ids=["one statement", "a transaction"],
)
async def test_a_change_cut_after_its_commit_is_of_unknown_fate_and_was_made_once(
    backend: PostgresqlBackend, beside: PostgresqlBackend, proxy: Proxy, changes: Sequence[Any], text: str
) -> None:
    proxy.cut("after", text)
    with pytest.raises(Conflict):
        await backend.apply(changes)
    assert await an.generation_in(beside) == 1
    # Doing the same again is a lost race, and not a second rotation.
    with pytest.raises(Conflict):
        await backend.apply(changes)
    assert await an.generation_in(beside) == 1
    await serves_again(backend)


async def test_after_many_changes_of_unknown_fate_each_caller_can_tell_that_its_own_was_made(
    backend: PostgresqlBackend, beside: PostgresqlBackend, proxy: Proxy
) -> None:
    names = [f"code-{number}" for number in range(5)]
    await beside.apply([AddLineage(an.lineage(lineage_id=name)) for name in names])
    changes = [AdvanceLineage(name, 0, T0 + 30, T0 + 9000, f"for {name}") for name in names]
    proxy.cut("after", "for code-0")
    answers = await asyncio.gather(*(backend.apply([each]) for each in changes), return_exceptions=True)
    assert [type(each) for each in answers] == [Conflict] * len(names)
    found = [await an.lineage_in(backend, name) for name in names]
    assert [each and (each.generation, each.advanced_by) for each in found] == [(1, f"for {name}") for name in names]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_last_uses_whose_connection_is_cut_can_be_written_again(
    backend: PostgresqlBackend, proxy: Proxy, moment: Moment
) -> None:
    proxy.cut(moment, "client-1")
    with pytest.raises(StorageUnavailable, match="last uses could not be written"):
        await backend.note_uses([Use("client", "client-1", T0 + 5)])
    await backend.note_uses([Use("client", "client-1", T0 + 5)])
    found = await backend.client("client-1")
    assert found is not None
    assert found.last_used_at == T0 + 5


async def test_while_nobody_listens_everything_is_unavailable_and_afterwards_all_is_well(
    backend: PostgresqlBackend, proxy: Proxy
) -> None:
    await proxy.refuse()
    for _ in range(3):
        for attempt in (backend.client("client-1"), backend.check()):
            with pytest.raises(StorageUnavailable):
                await attempt
        # Nothing was sent, so nothing is unknown.
        with pytest.raises(StorageUnavailable):
            await backend.apply(ONE_STATEMENT)
    await proxy.listen_again()
    await serves_again(backend)


async def test_a_database_that_falls_silent_is_not_waited_for_for_ever(
    backend: PostgresqlBackend, beside: PostgresqlBackend, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connection, "COMMAND_SECONDS", 0.2)
    proxy.cut_all()
    await asyncio.gather(*(backend.client("client-1") for _ in range(CONNECTIONS)))
    asked = proxy.opened
    proxy.freeze()
    with pytest.raises(StorageUnavailable, match="TimeoutError"):
        await backend.client("client-1")
    # It was not asked a second time: others wait too.
    assert proxy.opened == asked
    monkeypatch.undo()
    proxy.thaw()
    await serves_again(backend)


async def test_a_change_that_is_not_answered_is_of_unknown_fate(
    backend: PostgresqlBackend, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connection, "COMMAND_SECONDS", 0.2)
    proxy.cut_all()
    await asyncio.gather(*(backend.client("client-1") for _ in range(CONNECTIONS)))
    proxy.freeze()
    with pytest.raises(Conflict):
        await backend.apply(A_TRANSACTION)
    monkeypatch.undo()
    proxy.thaw()
    await serves_again(backend)


@pytest.fixture
def _short_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_connection, "STATEMENT_SECONDS", 0.1)


@pytest.mark.usefixtures("_short_statements")
@pytest.mark.parametrize("changes", [ONE_STATEMENT, A_TRANSACTION], ids=["one statement", "a transaction"])
async def test_a_statement_that_takes_too_long_had_no_effect_and_is_no_lost_race(
    backend: PostgresqlBackend, url: str, proxy: Proxy, changes: Sequence[Any]
) -> None:
    opened = proxy.opened
    async with while_uncommitted(url, advance(0)):
        with pytest.raises(StorageUnavailable, match="QueryCanceledError"):
            await backend.apply(changes)
    await backend.apply([advance(1)])
    assert await an.generation_in(backend) == 2
    assert await backend.audit_events(0, 9) == [an.event()]
    # Its connection is as good as before.
    assert proxy.opened == opened
    await serves_again(backend)


async def test_connections_that_the_database_ends_are_opened_again(backend: PostgresqlBackend, url: str) -> None:
    async with connected(url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await serves_again(backend)


async def test_a_server_that_was_demoted_is_left_for_the_one_that_can_write(
    backend: PostgresqlBackend, url: str, proxy: Proxy
) -> None:
    name = urlsplit(url).path.removeprefix("/")
    cluster().execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    proxy.cut_all()
    assert await backend.client("client-1") == an.client()
    for changes in (ONE_STATEMENT, A_TRANSACTION):
        with pytest.raises(StorageUnavailable, match="ReadOnlySQLTransactionError"):
            await backend.apply(changes)
    cluster().execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await backend.apply(A_TRANSACTION)
    assert await an.generation_in(backend) == 1


async def test_after_the_end_everything_is_unavailable(backend: PostgresqlBackend) -> None:
    await backend.close()
    with pytest.raises(StorageUnavailable, match="the database is closed"):
        await backend.client("client-1")
    with pytest.raises(StorageUnavailable, match="the database is closed"):
        await backend.apply(ONE_STATEMENT)
    await backend.close()


async def test_opening_a_database_says_what_is_wrong_without_its_password(url: str, proxy: Proxy) -> None:
    await (await open_postgresql(proxy.url)).close()
    await proxy.refuse()
    address = proxy.url.replace("postgres:@", "postgres:hunter2@")
    with pytest.raises(
        CannotOpen, match=rf"127\.0\.0\.1:{proxy.port}/grantwell_test\w+: Connect call failed"
    ) as caught:
        await open_postgresql(address)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://ann:hunter2@[nonsense", "its address cannot be read"),
        ("postgresql://ann:hunter2@localhost:port/name", "its address cannot be read"),
        ("postgresql://ann:hunter2@127.0.0.1:1/name", r"127\.0\.0\.1:1/name: "),
        ("postgresql://ann:hunter2@127.0.0.1:1/name?sslmode=perhaps", "its address cannot be read"),
    ],
)
async def test_an_address_that_leads_nowhere_is_refused(address: str, words: str) -> None:
    with pytest.raises(CannotOpen, match=words) as caught:
        await open_postgresql(address)
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_is_not_there_is_named() -> None:
    address = cluster().url_of("no_such_database")
    with pytest.raises(CannotOpen, match='database "no_such_database" does not exist'):
        await open_postgresql(address)


async def test_an_interrupted_caller_leaves_no_transaction_behind(
    backend: PostgresqlBackend, beside: PostgresqlBackend, url: str
) -> None:
    async with while_uncommitted(url, advance(0)):
        changing = asyncio.create_task(backend.apply(A_TRANSACTION))
        await waiting_for_a_lock(url)
        changing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await changing
    await serves_again(backend)
    assert await beside.audit_events(0, 9) == [an.event()]
