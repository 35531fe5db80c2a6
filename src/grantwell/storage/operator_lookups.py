"""The look-ups for whoever runs the server (`OperatorStore`)."""

from grantwell.storage.queries import Queries
from grantwell.storage.statements import accounts


class SqlOperatorStore(Queries):
    """Whose server it is, and what was done in it."""

    async def operator_org_id(self) -> str | None:
        row = await self.point(accounts.FIRST_ORGANIZATION, ())
        return str(row[0]) if row else None
