"""Refused requests (`RefusalStore`, `RefusalKeeper`), over whatever runs a statement."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from grantwell.protocol.refusal_store import RefusalFilter, RefusalView
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.storage import rows
from grantwell.storage.changes import Step
from grantwell.storage.client_filter import page_parameters
from grantwell.storage.queries import Queries
from grantwell.storage.rows import Row
from grantwell.storage.statement import Statement
from grantwell.storage.statements import refusals

# More than may ever be there: a bound that both databases take for none.
MOST = 1_000_000


class SqlRefusalStore(Queries):
    """The look-ups."""

    async def refused_request(self, whose: RefusalFilter, reference: str) -> RefusalView | None:
        statement = refusals.REFUSED_REQUEST
        row = await self.point(statement, statement.bind(_names(whose) | {"reference": reference}))
        return _view(row, 0) if row else None

    async def refused_requests(self, whose: RefusalFilter, offset: int, limit: int) -> tuple[list[RefusalView], int]:
        any_client = whose.client_id is None
        statement = refusals.REFUSED_REQUESTS if any_client else refusals.REFUSED_REQUESTS_OF_CLIENT
        found = await self.scan(statement, statement.bind(_names(whose) | page_parameters(offset, limit)))
        return [_view(row, 1) for row in found if row[1] is not None], found[0][0]


class SqlRefusalKeeper:
    """The way in."""

    @abstractmethod
    async def commit(self, steps: Sequence[Step]) -> int:
        """Run all steps in one transaction, durably. Raises Conflict or StorageUnavailable, and then none is made."""

    async def keep_refused_requests(self, refused: Sequence[RefusedRequest], of_client: int, in_all: int) -> None:
        if refused:
            # Apart: others may forget the same at the same moment, and by that nothing new may be lost.
            await self.commit(
                [_step(refusals.ADD_REFUSED_REQUEST, rows.REFUSED_REQUEST.parameters(e)) for e in refused]
            )
            await self.commit(list(_forgetting(refused, of_client, in_all)))


def _forgetting(refused: Iterable[RefusedRequest], of_client: int, in_all: int) -> Iterable[Step]:
    for client_id in sorted({each.client_id for each in refused}):
        yield _step(refusals.FORGET_OF_CLIENT, {"client_id": client_id, "keep": of_client, "most": MOST})
    yield _step(refusals.FORGET_OF_NOBODY, {"keep": of_client, "most": MOST})
    yield _step(refusals.FORGET_IN_ALL, {"keep": in_all, "most": MOST})


def _step(statement: Statement, values: dict[str, Any]) -> Step:
    return Step(statement, statement.bind(values))


def _names(whose: RefusalFilter) -> dict[str, Any]:
    return {"org_id": whose.org_id, "everywhere": int(whose.everywhere), "client_id": whose.client_id}


def _view(row: Row, start: int) -> RefusalView:
    client = rows.CLIENT.read_joined(row, start + rows.REFUSED_REQUEST.width)
    return RefusalView(rows.REFUSED_REQUEST.read(row, start), client)
