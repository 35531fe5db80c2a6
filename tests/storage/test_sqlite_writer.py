"""Group commit: who waits together is committed together, and answered after COMMIT or not at all."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.storage import examples as an
from tests.storage.examples import T0, advance, generation_in

from grantwell.protocol.changes import AddClient, AddLineage, Change, RecordEvent, RevokeAccessToken
from grantwell.protocol.figures import WriterFigures
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage import sqlite_writer
from grantwell.storage.changes import Step, steps_of
from grantwell.storage.sqlite import SqliteBackend
from grantwell.storage.sqlite_file import connect, create_schema
from grantwell.storage.sqlite_writer import Writer, make_group
from grantwell.storage.statement import CATALOGUE, Statement


class GatedConnection(sqlite3.Connection):
    """A connection whose COMMIT waits until the test lets it pass."""

    reached: threading.Event
    opened: threading.Event
    commits: int

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            self.commits += 1
            self.reached.set()
            assert self.opened.wait(30)
        return super().execute(sql, *arguments)


class Gate:
    """A writer of its own on a database, whose commits the test holds up."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=GatedConnection)
        self.connection = connection
        connection.reached, connection.opened, connection.commits = threading.Event(), threading.Event(), 0
        self.writer = Writer(connection, lambda changes: None)

    def submit(self, *changes: Change) -> "asyncio.Future[int]":
        return self.writer.submit(steps_of(changes))

    async def held(self) -> None:
        assert await asyncio.to_thread(self.connection.reached.wait, 30)

    def open(self) -> None:
        self.connection.opened.set()

    def close(self) -> None:
        self.open()
        self.writer.stop()
        self.connection.close()


@pytest_asyncio.fixture
async def gate(sqlite: SqliteBackend) -> AsyncIterator[Gate]:
    gate = Gate(sqlite.path)
    yield gate
    await asyncio.to_thread(gate.close)


async def answers(*futures: "asyncio.Future[int]") -> list[str]:
    found = await asyncio.gather(*futures, return_exceptions=True)
    return [type(each).__name__ if isinstance(each, BaseException) else "made" for each in found]


async def test_winner_and_loser_are_both_answered_after_the_commit(sqlite: SqliteBackend, gate: Gate) -> None:
    winner, loser = gate.submit(advance(0)), gate.submit(advance(0))
    await gate.held()
    assert not winner.done()
    assert not loser.done()
    # Who was told of its loss now would load this, and lose again.
    assert await generation_in(sqlite) == 0
    gate.open()
    assert await answers(winner, loser) == ["made", "Conflict"]
    assert await generation_in(sqlite) == 1


async def test_all_that_waits_is_one_transaction(sqlite: SqliteBackend, gate: Gate) -> None:
    first = gate.submit(RevokeAccessToken("first", T0))
    await gate.held()
    rest = [gate.submit(RevokeAccessToken(f"jti-{n}", T0)) for n in range(50)]
    gate.open()
    assert await answers(first, *rest) == ["made"] * 51
    assert gate.connection.commits == 2


async def test_who_loses_in_a_group_takes_nobody_along(sqlite: SqliteBackend, gate: Gate) -> None:
    first = gate.submit(RevokeAccessToken("first", T0))
    await gate.held()
    many = [
        gate.submit(RevokeAccessToken("a", T0), advance(7), RevokeAccessToken("b", T0)),
        gate.submit(RevokeAccessToken("c", T0), advance(0)),
        gate.submit(AddClient(an.client())),
        gate.submit(advance(1), RecordEvent(an.event())),
        gate.submit(RevokeAccessToken("d", T0), RevokeAccessToken("e", T0)),
    ]
    gate.open()
    assert await answers(first, *many) == ["made", "Conflict", "made", "Conflict", "Conflict", "made"]
    revoked = [jti for jti in "abcde" if (await sqlite.token("", "", "", "", jti)).revoked_jti]
    assert revoked == ["c", "d", "e"]
    assert await generation_in(sqlite) == 1


async def test_a_caller_that_went_away_changes_nothing_for_the_others(sqlite: SqliteBackend, gate: Gate) -> None:
    gone, other = gate.submit(advance(0)), gate.submit(RevokeAccessToken("a", T0))
    await gate.held()
    gone.cancel()
    gate.open()
    await other
    assert await generation_in(sqlite) == 1
    await gate.submit(advance(1))


async def test_changes_of_one_caller_that_follow_each_other_are_made_in_order(sqlite: SqliteBackend) -> None:
    for generation in range(20):
        await sqlite.apply([advance(generation)])
    assert await generation_in(sqlite) == 20


async def test_a_writer_ends_after_what_was_waiting(sqlite: SqliteBackend, gate: Gate) -> None:
    waiting = [gate.submit(RevokeAccessToken(f"jti-{n}", T0)) for n in range(10)]
    await gate.held()
    stopping = asyncio.create_task(asyncio.to_thread(gate.writer.stop))
    gate.open()
    await stopping
    assert await answers(*waiting) == ["made"] * 10
    with pytest.raises(StorageUnavailable, match="closed"):
        gate.submit(advance(0))


async def test_a_queue_that_does_not_move_refuses_more(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "MOST_WAITING", 3)
    waiting = [gate.submit(RevokeAccessToken("first", T0))]
    await gate.held()
    waiting += [gate.submit(RevokeAccessToken(f"jti-{n}", T0)) for n in range(3)]
    with pytest.raises(StorageUnavailable, match="waiting"):
        gate.submit(RevokeAccessToken("late", T0))
    gate.open()
    assert await answers(*waiting) == ["made"] * 4


async def test_a_loop_that_has_gone_does_not_stop_the_writer(sqlite: SqliteBackend, gate: Gate) -> None:
    def submit_and_leave() -> None:
        async def submit() -> None:
            gate.submit(RevokeAccessToken("left", T0))
            await gate.held()

        asyncio.run(submit())

    await asyncio.to_thread(submit_and_leave)
    gate.open()
    await gate.submit(advance(0))
    assert (await sqlite.token("", "", "", "", "left")).revoked_jti == "left"


# --- when the database fails -----------------------------------------------------------------------------------------


async def fails(sqlite: SqliteBackend, match: str) -> None:
    """A group of three fails as one."""
    big = RecordEvent(an.event(event_id="big", detail="x" * 500_000))
    attempts = [sqlite.apply([advance(0)]), sqlite.apply([big]), sqlite.apply([RevokeAccessToken("a", T0), big])]
    found = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(each) for each in found] == [StorageUnavailable] * 3
    assert all(match in str(each) for each in found)


async def has_recovered(sqlite: SqliteBackend) -> None:
    assert await generation_in(sqlite) == 0
    assert (await sqlite.token("", "", "", "", "a")).revoked_jti is None
    await sqlite.apply([advance(0), RecordEvent(an.event(event_id="big", detail="x" * 500_000))])
    assert await generation_in(sqlite) == 1
    assert sqlite.write_connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@contextlib.contextmanager
def full_disk(connection: sqlite3.Connection) -> Iterator[None]:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    yield
    connection.execute(f"PRAGMA max_page_count = {2**30}")


async def test_a_full_disk_fails_the_group_as_one_and_leaves_nothing_of_it(sqlite: SqliteBackend) -> None:
    with full_disk(sqlite.write_connection):
        await fails(sqlite, "SQLITE_FULL")
        await sqlite.client("client-1")
        await fails(sqlite, "SQLITE_FULL")
    await has_recovered(sqlite)


async def test_an_io_error_fails_the_group_as_one_and_leaves_nothing_of_it(sqlite: SqliteBackend) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The largest file that this process may write is now smaller than what the log has to grow to.
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        await fails(sqlite, "SQLITE_IOERR_WRITE")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await has_recovered(sqlite)


async def test_a_database_that_cannot_be_written_fails_the_group_as_one(sqlite: SqliteBackend) -> None:
    sqlite.write_connection.execute("PRAGMA query_only = ON")
    await fails(sqlite, "SQLITE_READONLY")
    sqlite.write_connection.execute("PRAGMA query_only = OFF")
    await has_recovered(sqlite)


async def test_a_database_that_stays_locked_fails_the_group_as_one(sqlite: SqliteBackend) -> None:
    sqlite.write_connection.execute("PRAGMA busy_timeout = 20")
    with contextlib.closing(connect(sqlite.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        await fails(sqlite, "SQLITE_BUSY")
        other.execute("ROLLBACK")
    await has_recovered(sqlite)


class FailingConnection(sqlite3.Connection):
    """A connection for which the disk fails at one statement; the transaction stays as it was."""

    fails_at: str

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if sql.startswith(self.fails_at):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return super().execute(sql, *arguments)


@pytest.mark.parametrize("fails_at", ["COMMIT", "SAVEPOINT", "UPDATE lineages", "RELEASE"])
def test_a_disk_that_fails_at_any_moment_fails_the_group_as_one(tmp_path: Path, fails_at: str) -> None:
    revoking = Step(CATALOGUE["revoke_access_token"], ("a", 1))
    advancing = steps_of([advance(0)])
    place = tmp_path / "grantwell.db"
    with contextlib.closing(sqlite3.connect(place, isolation_level=None, factory=FailingConnection)) as connection:
        connection.fails_at = "nowhere"
        create_schema(connection)
        connection.fails_at = fails_at
        found = make_group(connection, [[revoking], [revoking, *advancing], advancing])
        assert [type(each) for each in found] == [StorageUnavailable] * 3
        assert not connection.in_transaction
        assert connection.execute("SELECT * FROM revoked_tokens").fetchall() == []


@pytest.fixture
def faulty() -> Iterator[Statement]:
    yield Statement("faulty", "UPDATE no_such_table SET a = :a")
    del CATALOGUE["faulty"]


async def test_a_faulty_job_fails_alone_with_its_own_error(
    sqlite: SqliteBackend, gate: Gate, faulty: Statement
) -> None:
    first = gate.submit(RevokeAccessToken("first", T0))
    await gate.held()
    revoking = steps_of([RevokeAccessToken("a", T0)])
    many = [
        gate.writer.submit([*revoking, Step(faulty, (1,))]),
        gate.writer.submit([Step(faulty, (1,))]),
        gate.submit(AddLineage(an.lineage(lineage_id="surrogate", salt="\ud800"))),
        gate.submit(AddLineage(an.lineage(lineage_id="large", rotated_at=2**70))),
        gate.submit(AddLineage(an.lineage(lineage_id="null", salt=None))),
        gate.writer.submit([*revoking, Step(CATALOGUE["revoke_lineage"], (object(), "lineage-1"))]),
        gate.submit(advance(0)),
    ]
    gate.open()
    assert await answers(first, *many) == [
        "made",
        "OperationalError",
        "OperationalError",
        "UnicodeEncodeError",
        "OverflowError",
        "IntegrityError",
        "ProgrammingError",
        "made",
    ]
    assert (await sqlite.token("", "", "", "", "a")).revoked_jti is None
    assert await generation_in(sqlite) == 1


async def test_a_lost_race_is_a_conflict_whichever_key_is_taken(sqlite: SqliteBackend) -> None:
    for taken in (an.client(), an.client(name="same key")):
        with pytest.raises(Conflict):
            await sqlite.apply([AddClient(taken)])


async def test_the_writer_tells_what_waits_and_how_large_its_groups_were(gate: Gate) -> None:
    assert gate.writer.figures() == WriterFigures(0, {}, 0.0)
    first = gate.submit(RevokeAccessToken("first", T0))
    await gate.held()
    rest = [gate.submit(RevokeAccessToken(f"jti-{n}", T0)) for n in range(3)]
    assert gate.writer.figures().waiting == 3
    gate.open()
    await asyncio.gather(first, *rest)
    figures = gate.writer.figures()
    assert (figures.waiting, figures.group_sizes) == (0, {1: 1, 3: 1})
    assert figures.busy_seconds > 0
