"""Moving from SQLite to PostgreSQL: all of it arrives, however often it is interrupted, and no part of it is served."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0, populate
from tests.storage.test_postgresql import connected
from tests.support.postgresql import TABLE_NAMES, cluster
from tests.support.proxy import Proxy

from grantwell.protocol.changes import AddClient, AddLineage, RecordEvent, RemoveClient, RevokeAccessToken
from grantwell.protocol.external_records import AddExternalIdentity, ExternalIdentity
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.storage import move as moving
from grantwell.storage.errors import CannotOpen, DatabaseInUse, SchemaMismatch
from grantwell.storage.move import Progress, Source, move
from grantwell.storage.postgresql import open_postgresql
from grantwell.storage.postgresql_schema import schema_status, upgrade
from grantwell.storage.sqlite import open_sqlite

MANY = 25
REFUSED = RefusedRequest("R-1", T0, "client-1", "AuthorizeOAuth", "invalid_scope", "scope_unknown", "", None, ())


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "BATCH", 10)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A SQLite database with something in each table, and more than one batch in some."""
    path = tmp_path / "grantwell.db"
    backend = open_sqlite(path, lock=True)
    await populate(backend)
    await backend.apply(
        [
            *(AddClient(an.client(client_id=f"Client {n}-é", name=f"{n}")) for n in range(MANY)),
            *(AddLineage(an.lineage(lineage_id=f"lineage-{n}-x")) for n in range(MANY)),
            *(RevokeAccessToken(f"jti-{n}", T0 + n) for n in range(MANY)),
            AddExternalIdentity(ExternalIdentity("identity-1", "https://id.example", "ann", "user-1", "org-1", T0)),
            AddClient(an.client(client_id="removed")),
            RemoveClient("removed", "org-1"),
        ]
    )
    await backend.keep_refused_requests([REFUSED], 10, 10)
    await backend.close()
    return path


@pytest.fixture
def url() -> str:
    """The address of a database with nothing in it."""
    return cluster().empty()


@pytest.fixture
def source(path: Path) -> Iterator[Source]:
    source = Source(path)
    yield source
    source.close()


async def attempt(path: Path, url: str, progress: Progress = lambda _table, _rows: None) -> None:
    with closing(Source(path)) as source:
        await move(source, url, progress)


def kept_in_sqlite(path: Path) -> dict[str, set[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: set(connection.execute(f"SELECT * FROM {name}")) for name in TABLE_NAMES}


async def kept_in_postgresql(url: str) -> dict[str, set[Any]]:
    async with connected(url) as connection:
        return {name: {tuple(row) for row in await connection.fetch(f"SELECT * FROM {name}")} for name in TABLE_NAMES}


async def test_everything_arrives_and_can_be_served(path: Path, url: str) -> None:
    await attempt(path, url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)
    backend = await open_postgresql(url)
    assert await backend.client("client-1") == an.client()
    assert await an.lineage_in(backend) == an.lineage()
    await backend.close()


async def test_every_table_has_something_to_move(path: Path) -> None:
    assert all(kept_in_sqlite(path).values())


async def test_each_row_is_counted_when_it_is_copied_and_when_it_is_compared(path: Path, url: str) -> None:
    told: dict[str, int] = dict.fromkeys(TABLE_NAMES, 0)

    def progress(table: str, rows: int) -> None:
        told[table] += rows

    await attempt(path, url, progress)
    assert told == {name: 2 * len(rows) for name, rows in kept_in_sqlite(path).items()}


class Interrupted(Exception):
    pass


def interrupting(after: int) -> Progress:
    left = iter(range(after))

    def progress(_table: str, _rows: int) -> None:
        if next(left, None) is None:
            raise Interrupted

    return progress


async def test_a_move_that_is_interrupted_anywhere_goes_on_and_is_served_by_nobody_before(path: Path, url: str) -> None:
    for after in range(0, 34, 5):
        with pytest.raises(Interrupted):
            await attempt(path, url, interrupting(after))
        assert (await schema_status(url)).state == "moving"
        with pytest.raises(SchemaMismatch, match="another database is being moved into this one"):
            await open_postgresql(url)
        with pytest.raises(SchemaMismatch, match="run the same `grantwell move` again"):
            await upgrade(url)
    await attempt(path, url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)
    assert (await schema_status(url)).state == "current"


async def test_what_has_arrived_is_not_written_again(path: Path, url: str) -> None:
    with pytest.raises(Interrupted):
        await attempt(path, url, interrupting(20))
    async with connected(url) as connection:
        where = "SELECT ctid, xmin::text FROM clients"
        before = set(await connection.fetch(where))
        await attempt(path, url)
        assert before
        assert before <= set(await connection.fetch(where))


async def test_a_connection_that_is_lost_interrupts_a_move_and_it_goes_on(path: Path, url: str) -> None:
    async with Proxy(url) as proxy:
        proxy.cut("before", "lineage-7-x")
        with pytest.raises(CannotOpen, match=r"the move was interrupted .*: run the same command again"):
            await attempt(path, proxy.url)
        assert (await schema_status(url)).state == "moving"
        await attempt(path, proxy.url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)


async def test_what_has_changed_between_two_attempts_arrives_as_it_is(path: Path, url: str) -> None:
    with pytest.raises(Interrupted):
        await attempt(path, url, interrupting(30))
    backend = open_sqlite(path, lock=True)
    await backend.apply([an.advance(0), RemoveClient("Client 3-é", "org-1"), AddClient(an.client(client_id="new"))])
    await backend.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM organizations")
        connection.execute("INSERT INTO organizations VALUES ('org-2', 'Acme', 1)")
        connection.commit()
    await attempt(path, url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)


def tampering(url: str, table: str, sql: str) -> Progress:
    """Somebody writes to the database while it is moved into."""
    left = [sql]

    def progress(name: str, _rows: int) -> None:
        if name == table and left:
            cluster().execute(left.pop(), url)

    return progress


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE clients SET name = 'other' WHERE client_id = 'client-1'", "rows of clients have not arrived as they"),
        ("DELETE FROM clients WHERE client_id = 'client-1'", "of 26 rows of clients, 25 have arrived"),
        (
            "INSERT INTO clients SELECT 'x' || client_id, org_id, user_id, name, name_folded, client_type, origin, "
            "token_endpoint_auth_method, allowed_scopes, allowed_grant_types, grant_type_mask, redirect_uris, "
            "require_pkce, logo_uri, policy_uri, tos_uri, verified, enabled, valid_after, secret_hash, "
            "secret_last_used_at, older_secret_hash, older_secret_expires_at, older_secret_last_used_at, revision, "
            "created_at, updated_at, last_used_at, authorized_at FROM clients WHERE client_id = 'client-1'",
            "of 26 rows of clients, 27 have arrived",
        ),
    ],
    ids=["changed", "lost", "added"],
)
async def test_what_has_not_arrived_as_it_was_is_found(path: Path, url: str, sql: str, words: str) -> None:
    with pytest.raises(CannotOpen, match=words):
        await attempt(path, url, tampering(url, "lineages", sql))
    assert (await schema_status(url)).state == "moving"
    await attempt(path, url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)


async def test_a_database_that_was_only_made_may_be_moved_into(path: Path, url: str) -> None:
    await upgrade(url)
    await attempt(path, url)
    assert await kept_in_postgresql(url) == kept_in_sqlite(path)


async def test_a_database_that_somebody_uses_is_refused_and_left_alone(path: Path, url: str) -> None:
    await upgrade(url)
    backend = await open_postgresql(url)
    await backend.apply([RecordEvent(an.event())])
    with pytest.raises(CannotOpen, match=r"is not empty \(it has audit_events\): move into one that nobody uses"):
        await attempt(path, url)
    assert await backend.audit_events(0, 9) == [an.event()]
    assert (await schema_status(url)).state == "current"
    await backend.close()


async def test_a_move_that_another_release_began_is_begun_anew(path: Path, url: str) -> None:
    await upgrade(url)
    cluster().execute("UPDATE schema_version SET version_num = 'moving 0000'", url)
    with pytest.raises(CannotOpen, match="another release has begun this move"):
        await attempt(path, url)


async def test_a_database_that_a_server_uses_is_not_moved(path: Path, url: str) -> None:
    backend = open_sqlite(path, lock=True)
    with pytest.raises(DatabaseInUse, match="another server"):
        await attempt(path, url)
    await backend.close()
    assert (await schema_status(url)).state == "empty"


def test_no_server_can_start_while_it_is_moved(path: Path, source: Source) -> None:
    with pytest.raises(DatabaseInUse):
        open_sqlite(path, lock=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("a letter"),
        lambda path: path.write_bytes(b""),
    ],
    ids=["missing", "no database", "empty"],
)
def test_what_is_no_database_is_not_moved(path: Path, spoil: Callable[[Path], Any]) -> None:
    spoil(path)
    with pytest.raises(CannotOpen):
        Source(path)


async def test_a_character_that_postgresql_cannot_keep_does_not_stop_a_move(path: Path, url: str) -> None:
    backend = open_sqlite(path, lock=True)
    await backend.apply([RecordEvent(an.event(event_id="event-2", detail="a\0b"))])
    await backend.close()
    await attempt(path, url)
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT detail FROM audit_events WHERE event_id = 'event-2'") == "a\ufffdb"
