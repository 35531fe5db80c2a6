"""Steps on one connection, all or none."""

from collections.abc import Sequence

import asyncpg

from grantwell.protocol.store import Conflict
from grantwell.storage.changes import Step
from grantwell.storage.postgresql_errors import LOST_RACE
from grantwell.storage.postgresql_pool import Held
from grantwell.storage.postgresql_text import without_nul


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
