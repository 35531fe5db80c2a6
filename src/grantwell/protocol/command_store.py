"""The ports that only operators' commands need: they look at every organization."""

from collections.abc import Sequence
from typing import Protocol

from grantwell.protocol.records import ApiKey, AuditEvent, Client, Organization, User


class CommandStore(Protocol):
    """The look-ups."""

    async def organization_by_name(self, name: str) -> Organization | None:
        """An organization by its exact name."""

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""

    async def users(self) -> Sequence[tuple[User, Organization]]:
        """All users with their organizations, oldest first."""

    async def api_keys(self, org_id: str | None) -> Sequence[ApiKey]:
        """All API keys, of one organization or of all."""

    async def all_clients(self, limit: int) -> Sequence[Client]:
        """Clients of every organization, newest first."""

    async def audit_events(self, after: int, limit: int) -> Sequence[AuditEvent]:
        """Events from time `after` on, oldest first; when there are more than `limit`, the newest of them."""
