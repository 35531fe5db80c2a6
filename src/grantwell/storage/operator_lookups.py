"""The look-ups for whoever runs the server (`OperatorStore`)."""

from msgspec.structs import asdict

from grantwell.protocol.operator_store import AuditFilter, AuditView
from grantwell.protocol.records import AuditEvent
from grantwell.storage import rows
from grantwell.storage.queries import Queries
from grantwell.storage.statements import accounts, audit


class SqlOperatorStore(Queries):
    """Whose server it is, and what was done in it."""

    async def operator_org_id(self) -> str | None:
        row = await self.point(accounts.FIRST_ORGANIZATION, ())
        return str(row[0]) if row else None

    async def has_clients(self) -> bool:
        return await self.point(accounts.ANY_CLIENT, ()) is not None

    async def audit_page(self, org_id: str, chosen: AuditFilter, limit: int) -> list[AuditView]:
        names = asdict(chosen) | {"org_id": org_id, "limit": limit}
        leads = next((name for name in audit.AUDIT_PAGES if name and names[name] is not None), "")
        statement = audit.AUDIT_PAGES[leads]
        found = await self.scan(statement, statement.bind(names))
        return [AuditView(rows.AUDIT_EVENT.read(row), row[-2], row[-1]) for row in found]

    async def audit_export(self, after: tuple[int, str], until: int, limit: int) -> list[AuditEvent]:
        found = await self.scan(audit.AUDIT_EXPORT, (*after, until, limit))
        return [rows.AUDIT_EVENT.read(row) for row in found]
