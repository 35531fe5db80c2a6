"""What keeps an organization's last administrator on PostgreSQL: two transactions, exactly as they would collide."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
from tests.storage import examples as an
from tests.storage.examples import populate
from tests.support.postgresql import cluster

from grantwell.protocol.changes import AddUser
from grantwell.protocol.people_changes import ReplaceUser
from grantwell.storage.changes import steps_of
from grantwell.storage.postgresql import PostgresqlBackend

BEN = an.user(user_id="user-2", email="ben@example.com")
WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def disable(connection: "asyncpg.Connection[Any]", user: Any) -> int:
    """Run the steps of a change, and leave the transaction open; how many rows the last one touched."""
    change = ReplaceUser(an.user(user_id=user.user_id, enabled=False), user, keeps_administrator=True)
    told = ""
    for step in steps_of([change]):
        told = await connection.execute(step.statement.postgresql, *step.values)
    return int(told.rpartition(" ")[2])


async def test_who_comes_second_counts_anew_what_the_first_has_left(tmp_path: Path) -> None:
    url = cluster().database_for(tmp_path)
    backend = PostgresqlBackend(url)
    await populate(backend)
    await backend.apply([AddUser(BEN)])
    first, second, watching = [await asyncpg.connect(url) for _ in range(3)]
    one, other = first.transaction(), second.transaction()
    await one.start()
    await other.start()
    assert await disable(first, an.user()) == 1
    late = asyncio.create_task(disable(second, BEN))
    async with asyncio.timeout(20):
        while not await watching.fetchval(WAITING):
            pass
    await one.commit()
    assert await late == 0
    await other.rollback()
    assert await backend.administrators("org-1") == 1
    for connection in (first, second, watching):
        await connection.close()
    await backend.close()
