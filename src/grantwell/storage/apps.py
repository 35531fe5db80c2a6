"""What a person has allowed (`AppsStore`), over whatever runs a statement."""

from grantwell.protocol.apps_store import AppView
from grantwell.storage import rows
from grantwell.storage.client_filter import page_parameters
from grantwell.storage.queries import Queries
from grantwell.storage.rows import Row
from grantwell.storage.statements import apps


class SqlAppsStore(Queries):
    """The look-ups."""

    async def app(self, user_id: str, grant_id: str) -> AppView | None:
        row = await self.point(apps.APP, apps.APP.bind({"user_id": user_id, "grant_id": grant_id}))
        return _view(row, 0) if row else None

    async def apps(self, user_id: str, offset: int, limit: int) -> tuple[list[AppView], int]:
        names = {"user_id": user_id} | page_parameters(offset, limit)
        found = await self.scan(apps.APPS, apps.APPS.bind(names))
        return [_view(row, 1) for row in found if row[1] is not None], found[0][0]


def _view(row: Row, start: int) -> AppView:
    client = rows.CLIENT.read(row, start + rows.GRANT.width)
    return AppView(rows.GRANT.read(row, start), client, row[-1])
