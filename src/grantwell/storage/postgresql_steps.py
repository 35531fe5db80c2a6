"""Steps on one connection, all or none."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from grantwell.protocol.store import Conflict
from grantwell.storage.changes import Step
from grantwell.storage.postgresql_errors import LOST_RACE
from grantwell.storage.postgresql_pool import Held
from grantwell.storage.postgresql_text import without_nul
from grantwell.storage.postgresql_together import FREE_ROWS, Together


async def run(held: Held, steps: Sequence[Step]) -> int | Conflict:
    """Run the steps in one transaction; how many rows they touched.

    A lost race is told by value, for the connection is as good as before.
    """
    if len(steps) == 1:
        return await _run_all(held, steps)
    transaction = held.connection.transaction()
    await transaction.start()
    try:
        result = await _run_all(held, steps)
    except asyncpg.PostgresError as error:
        if held.connection.is_closed():
            raise
        await transaction.rollback()
        if isinstance(error, LOST_RACE):
            return Conflict(type(error).__name__)
        raise
    if isinstance(result, Conflict):
        await transaction.rollback()
    else:
        await transaction.commit()
    return result


async def _run_all(held: Held, steps: Sequence[Step]) -> int | Conflict:
    touched = 0
    for statement, values, guarded in steps:
        rows = await held.execute(statement, without_nul(values))
        if rows == 0 and guarded:
            return Conflict(statement.name)
        touched += rows
    return touched


async def change_free_rows(held: Held, together: Together, arrays: tuple[list[Any], ...]) -> dict[int, bool]:
    """Change the rows that nobody else holds: for the place of each of these, whether its guard held."""
    async with held.connection.transaction():
        free = sorted(row[0] for row in await held.fetch(FREE_ROWS[together.name], arrays))
        some = tuple([column[place - 1] for place in free] for column in arrays)
        changed = {free[row[0] - 1] for row in await held.fetch(together, some)}
    return {place: place in changed for place in free}
