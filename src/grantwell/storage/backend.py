"""The rest of the ports over whatever runs a statement: operators' look-ups, and changes."""

from abc import abstractmethod
from collections.abc import Sequence

from grantwell.protocol.changes import Change
from grantwell.protocol.outcome import Use
from grantwell.protocol.records import ApiKey, AuditEvent, Client, Organization, User
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage import rows
from grantwell.storage.changes import Step, steps_of, steps_of_uses
from grantwell.storage.lookups import SqlStore
from grantwell.storage.refusals import SqlRefusalKeeper
from grantwell.storage.statements import accounts, clients, tokens


class SqlBackend(SqlStore, SqlRefusalKeeper):
    """A whole `Backend`. A driver says besides how steps are made in one transaction."""

    reads_at_once = False

    @abstractmethod
    async def commit(self, steps: Sequence[Step]) -> int:
        """Run all steps in one transaction, durably; how many rows they touched.

        Raises Conflict or StorageUnavailable, and then none is made.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way and let go."""

    async def apply(self, changes: Sequence[Change]) -> int:
        return await self.commit(steps_of(changes)) if changes else 0

    async def note_uses(self, uses: Sequence[Use]) -> None:
        if uses:
            await self.commit(steps_of_uses(uses))

    async def lineages_by_secret(self, now: int) -> list[tuple[str, int, int]]:
        """For each server secret's id: how many living lineages need it, and until when (epoch seconds)."""
        found = await self.scan(tokens.LINEAGES_BY_SECRET, (now,))
        return [(key_id, number, until) for key_id, number, until in found]

    async def check(self) -> None:
        if await self.point(accounts.SCHEMA_VERSION, ()) is None:
            raise StorageUnavailable("the database has no schema version")

    async def organization_by_name(self, name: str) -> Organization | None:
        row = await self.point(accounts.ORGANIZATION_BY_NAME, (name,))
        return rows.ORGANIZATION.read(row) if row else None

    async def is_empty(self) -> bool:
        return await self.point(accounts.ANY_USER, ()) is None

    async def users(self) -> list[tuple[User, Organization]]:
        found = await self.scan(accounts.USERS, ())
        return [(rows.USER.read(row), rows.ORGANIZATION.read(row, rows.USER.width)) for row in found]

    async def api_keys(self, org_id: str | None) -> list[ApiKey]:
        return [rows.API_KEY.read(row) for row in await self.scan(accounts.API_KEYS, (org_id,))]

    async def all_clients(self, limit: int) -> list[Client]:
        return [rows.CLIENT.read(row) for row in await self.scan(clients.ALL_CLIENTS, (limit,))]

    async def audit_events(self, after: int, limit: int) -> list[AuditEvent]:
        newest_first = await self.scan(accounts.AUDIT_EVENTS, (after, limit))
        return [rows.AUDIT_EVENT.read(row) for row in reversed(newest_first)]
