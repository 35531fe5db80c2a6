"""The look-ups for whoever runs the server, over dictionaries."""

from grantwell.protocol.operator_store import AuditFilter, AuditView
from grantwell.protocol.records import AuditEvent
from grantwell.storage.dictionary_tables import Tables


class DictionaryOperatorStore:
    """Whose server it is, and what was done in it."""

    tables: Tables

    async def operator_org_id(self) -> str | None:
        found = min(self.tables.organizations.values(), key=lambda each: (each.created_at, each.org_id), default=None)
        return found.org_id if found else None

    async def has_clients(self) -> bool:
        return bool(self.tables.clients)

    async def audit_page(self, org_id: str, chosen: AuditFilter, limit: int) -> list[AuditView]:
        found = [each for each in self.tables.audit_events.values() if each.org_id == org_id and _fits(each, chosen)]
        page = sorted(found, key=_when, reverse=True)[:limit]
        return [
            AuditView(each, self._name(each, each.actor), self._name(each, each.subject, subject=True)) for each in page
        ]

    async def audit_export(self, after: tuple[int, str], until: int, limit: int) -> list[AuditEvent]:
        found = [each for each in self.tables.audit_events.values() if _when(each) > after and each.at < until]
        return sorted(found, key=_when)[:limit]

    def _name(self, event: AuditEvent, identifier: str, *, subject: bool = False) -> str | None:
        """What somebody or something is called now; only clients may be another organization's."""
        user, client = self.tables.users.get(identifier), self.tables.clients.get(identifier)
        if user is not None and user.org_id == event.org_id:
            return user.email
        if client is not None:
            return client.name
        if not subject:
            return None
        found = self.tables.api_keys.get(identifier) or self.tables.organizations.get(identifier)
        return found.name if found is not None and found.org_id == event.org_id else None


def _when(event: AuditEvent) -> tuple[int, str]:
    return event.at, event.event_id


def _fits(event: AuditEvent, chosen: AuditFilter) -> bool:
    exact = ("kind", "actor", "subject", "reason", "request_id")
    return (
        all(getattr(chosen, name) in (None, getattr(event, name)) for name in exact)
        and chosen.about in (None, event.actor, event.subject)
        # An empty reason is none.
        and chosen.reason != ""
        and event.at >= chosen.since
        and _when(event) < (chosen.before_at, chosen.before_id)
    )
