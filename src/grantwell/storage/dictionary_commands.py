"""The look-ups that only operators' commands need, for dictionaries."""

from grantwell.protocol.records import ApiKey, AuditEvent, Client, Organization, User
from grantwell.storage.dictionary_tables import Tables, newest_first


class DictionaryCommands:
    """What `DictionaryBackend` tells commands."""

    tables: Tables

    async def organization_by_name(self, name: str) -> Organization | None:
        return next((each for each in self.tables.organizations.values() if each.name == name), None)

    async def is_empty(self) -> bool:
        return not self.tables.users

    async def users(self) -> list[tuple[User, Organization]]:
        found = sorted(self.tables.users.values(), key=lambda user: (user.created_at, user.user_id))
        organizations = self.tables.organizations
        return [(user, organizations[user.org_id]) for user in found if user.org_id in organizations]

    async def api_keys(self, org_id: str | None) -> list[ApiKey]:
        found = [each for each in self.tables.api_keys.values() if org_id in (None, each.org_id)]
        return sorted(found, key=lambda key: (key.created_at, key.api_key_id))

    async def all_clients(self, limit: int) -> list[Client]:
        return newest_first(self.tables.clients)[:limit]

    async def audit_events(self, after: int, limit: int) -> list[AuditEvent]:
        found = sorted(self.tables.audit_events.values(), key=lambda event: (event.at, event.event_id))
        later = [event for event in found if event.at >= after]
        return later[max(0, len(later) - limit) :]
