"""The look-ups for whoever runs the server, over dictionaries."""

from grantwell.storage.dictionary_tables import Tables


class DictionaryOperatorStore:
    """Whose server it is, and what was done in it."""

    tables: Tables

    async def operator_org_id(self) -> str | None:
        found = min(self.tables.organizations.values(), key=lambda each: (each.created_at, each.org_id), default=None)
        return found.org_id if found else None
