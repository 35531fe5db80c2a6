"""The port for whoever runs the server: whose it is, and what was done in it."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.records import AuditEvent

# After every event that there can be.
FOREVER = 2**53


class AuditFilter(Struct, frozen=True):
    """What a list of events is narrowed to; None is no bound.

    `about` is somebody or something that is the event's actor or its subject. Events at or after `since`, and before
    the one at `before_at` with the id `before_id`.
    """

    kind: str | None = None
    actor: str | None = None
    subject: str | None = None
    about: str | None = None
    reason: str | None = None
    request_id: str | None = None
    since: int = 0
    before_at: int = FOREVER
    before_id: str = ""


class AuditView(Struct, frozen=True):
    """An event, with what its actor and its subject are called: a user's email address, a client's name, or None."""

    event: AuditEvent
    actor_name: str | None
    subject_name: str | None


class OperatorStore(Protocol):
    """The look-ups that are about the server."""

    async def operator_org_id(self) -> str | None:
        """The organization that runs the server, which is the first one that was made; None before there is one."""

    async def has_clients(self) -> bool:
        """Whether there is a client, of whichever organization."""

    async def audit_page(self, org_id: str, chosen: AuditFilter, limit: int) -> Sequence[AuditView]:
        """Events of an organization, newest first."""

    async def audit_export(self, after: tuple[int, str], until: int, limit: int) -> Sequence[AuditEvent]:
        """Events of all organizations, oldest first: those after this time and id, and before `until`."""
