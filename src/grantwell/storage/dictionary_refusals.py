"""Refused requests, in dictionaries."""

from collections.abc import Sequence

from msgspec.structs import replace

from grantwell.protocol.refusal_store import RefusalFilter, RefusalView
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.storage.dictionary_tables import Tables


class DictionaryRefusals:
    """What `DictionaryBackend` knows of refused requests."""

    tables: Tables

    async def refused_request(self, whose: RefusalFilter, reference: str) -> RefusalView | None:
        chosen = self._chosen(replace(whose, client_id=None))
        return next((view for view in chosen if view.refused.reference == reference), None)

    async def refused_requests(self, whose: RefusalFilter, offset: int, limit: int) -> tuple[list[RefusalView], int]:
        found = self._chosen(whose)
        return found[offset : offset + limit], len(found)

    async def keep_refused_requests(self, refused: Sequence[RefusedRequest], of_client: int, in_all: int) -> None:
        kept = self.tables.refused_requests
        for each in refused:
            known = each.client_id if each.client_id in self.tables.clients else ""
            kept.setdefault(each.reference, replace(each, client_id=known))
        for client_id in {"", *(each.client_id for each in refused)}:
            self._forget([each for each in self._newest_first() if each.client_id == client_id][of_client:])
        self._forget(self._newest_first()[in_all:])

    def _forget(self, refused: Sequence[RefusedRequest]) -> None:
        for each in refused:
            del self.tables.refused_requests[each.reference]

    def _chosen(self, whose: RefusalFilter) -> list[RefusalView]:
        views = [RefusalView(each, self.tables.clients.get(each.client_id)) for each in self._newest_first()]
        return [
            view
            for view in views
            if (whose.everywhere or (view.client is not None and view.client.org_id == whose.org_id))
            and whose.client_id in (None, view.refused.client_id)
        ]

    def _newest_first(self) -> list[RefusedRequest]:
        found = self.tables.refused_requests.values()
        return sorted(found, key=lambda each: (each.at, each.reference), reverse=True)
