"""The PostgreSQL driver: held connections, prepared statements, deadlines. Any number of processes share a database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

import asyncpg

from grantwell.protocol.figures import PoolFigures
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Conflict, StorageUnavailable
from grantwell.storage.backend import SqlBackend
from grantwell.storage.changes import Step, steps_of_uses
from grantwell.storage.gathering import Gathering
from grantwell.storage.postgresql_connection import connect
from grantwell.storage.postgresql_errors import may_ask_again, of_change, of_read
from grantwell.storage.postgresql_pool import Held, Pool
from grantwell.storage.postgresql_schema import schema_status
from grantwell.storage.postgresql_steps import change_free_rows, run
from grantwell.storage.postgresql_text import has_nul, without_nul
from grantwell.storage.postgresql_together import CHANGES, LOOK_UPS, Together, arrays_of, in_order_of_rows
from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement
from grantwell.storage.versions import require_current

Result = TypeVar("Result")

CONNECTIONS = 10


async def open_postgresql(url: str, connections: int = CONNECTIONS) -> "PostgresqlBackend":
    """Open a database whose schema this release can use. Raises CannotOpen, naming the command that helps."""
    require_current(await schema_status(url))
    return PostgresqlBackend(url, connections)


class PostgresqlBackend(SqlBackend):
    """A `Backend` on one PostgreSQL database. Its callers live on one event loop."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """Nothing is opened before the first statement."""
        self._pool = Pool(lambda: connect(url), connections)
        self._look_ups: dict[str, Gathering[tuple[Any, ...], Row | None]] = {
            name: Gathering(partial(self._find_together, together)) for name, together in LOOK_UPS.items()
        }
        changes = {each.name: Gathering(partial(self._change_together, each)) for each in CHANGES.values()}
        self._changes = {name: changes[together.name] for name, together in CHANGES.items()}

    async def point(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        gathering = self._look_ups.get(statement.name)
        if gathering is None or has_nul(values):
            return await self._find(statement, values)
        return await gathering.ask(values)

    async def _find(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        found = await self.scan(statement, values)
        return found[0] if found else None

    async def _find_together(
        self, together: Together, asked: Sequence[tuple[Any, ...]]
    ) -> Sequence[Row | BaseException | None]:
        if len(asked) == 1:
            return [await self._find(together.statement, asked[0])]
        try:
            rows = await self.scan(together, arrays_of(asked))
        except StorageUnavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is about somebody's values, and nobody else's matter
            return await _each(self._find(together.statement, values) for values in asked)
        found = {row[0]: row[1:] for row in rows}
        return [found.get(place) for place in range(1, len(asked) + 1)]

    async def scan(self, statement: Statement | Together, values: tuple[Any, ...]) -> Sequence[Row]:
        try:
            return await self._pool.use(lambda held: held.fetch(statement, values))
        except asyncpg.CharacterNotInRepertoireError:
            # Nothing that is kept has this character in it, so nothing will be found.
            return await self._ask_again(statement, without_nul(values))
        except Exception as error:
            if may_ask_again(error):
                return await self._ask_again(statement, values)
            if failure := of_read(error):
                raise failure from error
            raise

    async def _ask_again(self, statement: Statement | Together, values: tuple[Any, ...]) -> Sequence[Row]:
        try:
            return await self._pool.use(lambda held: held.fetch(statement, values))
        except Exception as error:
            if failure := of_read(error):
                raise failure from error
            raise

    async def commit(self, steps: Sequence[Step]) -> int:
        if len(steps) == 1 and (gathering := self._changes.get(steps[0].statement.name)):
            return await gathering.ask(steps[0].values)
        return await self._commit(steps)

    async def _commit(self, steps: Sequence[Step]) -> int:
        result: int | Conflict = await self._change(lambda held: run(held, steps))
        if isinstance(result, Conflict):
            raise result
        return result

    async def _change_together(
        self, together: Together, asked: Sequence[tuple[Any, ...]]
    ) -> Sequence[int | BaseException]:
        if len(asked) == 1:
            return [await self._commit((Step(together.statement, asked[0], True),))]
        places, arrays = in_order_of_rows(together, asked)
        try:
            changed = {row[0] for row in await self._change(lambda held: held.fetch(together, arrays))}
        except (Conflict, StorageUnavailable) as error:
            if not isinstance(error.__cause__, asyncpg.LockNotAvailableError):
                raise
            return await self._change_free_rows(together, places, arrays)
        except Exception:  # noqa: BLE001 - as above; and nobody's change was made
            return await _each(self._commit((Step(together.statement, values, True),)) for values in asked)
        return [1 if place in changed else Conflict(together.name) for place in places]

    async def _change_free_rows(
        self, together: Together, places: Sequence[int], arrays: tuple[list[Any], ...]
    ) -> Sequence[int | BaseException]:
        """Somebody holds one of the rows, so nobody's change was made, and those of the other rows can be.

        Once more for all, on one connection: if it is the table that is held, they must not take up the pool.
        """
        changed = await self._change(lambda held: change_free_rows(held, together, arrays))
        return [_outcome_of_free(changed.get(place)) for place in places]

    async def note_uses(self, uses: Sequence[Use]) -> None:
        for statement, steps in groupby(steps_of_uses(uses), key=lambda step: step.statement):
            await self._note(statement, [step.values for step in steps])

    async def _note(self, statement: Statement, rows: Sequence[tuple[Any, ...]]) -> None:
        try:
            await self._change(lambda held: held.execute_many(statement, rows))
        except Conflict as error:
            # Whether or not they were written, they may be written again.
            raise StorageUnavailable(f"last uses could not be written: {error}") from error

    async def _change(self, work: Callable[[Held], Awaitable[Any]]) -> Any:
        try:
            return await self._pool.use(work)
        except Exception as error:
            if failure := of_change(error):
                raise failure from error
            raise

    def figures(self) -> PoolFigures:
        """How the held connections are used."""
        return self._pool.figures()

    async def close(self) -> None:
        await self._pool.close()


def _outcome_of_free(changed: bool | None) -> int | BaseException:
    """None is for a row that was not free."""
    if changed is None:
        return StorageUnavailable("somebody else holds what was to be changed")
    return 1 if changed else Conflict("its guard did not hold")


async def _each(answers: Iterable[Awaitable[Result]]) -> list[Result | BaseException]:
    """What each of them comes to, errors too."""
    return await asyncio.gather(*answers, return_exceptions=True)
