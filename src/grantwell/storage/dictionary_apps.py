"""What a person has allowed, in dictionaries."""

from abc import ABC, abstractmethod

from grantwell.protocol.apps_store import AppView
from grantwell.protocol.store import GrantView
from grantwell.storage.dictionary_tables import Tables


class DictionaryApps(ABC):
    """What `DictionaryBackend` knows of grants and their clients."""

    tables: Tables

    @abstractmethod
    async def grant(self, user_id: str, grant_id: str) -> GrantView | None:
        """A user's living grant."""

    @abstractmethod
    async def grants(self, user_id: str, offset: int, limit: int) -> tuple[list[GrantView], int]:
        """One page of a user's living grants, newest first, and how many there are in all."""

    async def app(self, user_id: str, grant_id: str) -> AppView | None:
        view = await self.grant(user_id, grant_id)
        return self._with_client(view) if view else None

    async def apps(self, user_id: str, offset: int, limit: int) -> tuple[list[AppView], int]:
        views, total = await self.grants(user_id, offset, limit)
        return [self._with_client(view) for view in views], total

    def _with_client(self, view: GrantView) -> AppView:
        return AppView(view.grant, self.tables.clients[view.grant.client_id], view.last_used_at)
