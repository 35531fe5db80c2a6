"""How the audit log looks from outside."""

from msgspec import Struct

from grantwell.protocol.audit_log import Log
from grantwell.protocol.operator_store import AuditView
from grantwell.protocol.timestamps import rfc3339


class ShownAuditEvent(Struct, frozen=True, kw_only=True):
    """One event. `actor` did it, to `subject`; their names are what they are called now, null where they are gone.

    `reason` is the stable code of a refusal. Never a secret, a token or a `state`.
    """

    id: str
    record_type: str = "audit_event"
    at: str
    kind: str
    actor: str
    actor_name: str | None
    credential: str
    subject: str
    subject_name: str | None
    reason: str
    detail: str
    request_id: str
    address: str


class AuditMeta(Struct, frozen=True):
    """`next` is the `page[after]` of the next page, null on the last one; `logs` are those that the caller may read."""

    page_size: int
    next: str | None
    logs: tuple[Log, ...]


class AuditEventList(Struct, frozen=True):
    """One page, newest first."""

    data: tuple[ShownAuditEvent, ...]
    meta: AuditMeta


def show_event(view: AuditView) -> ShownAuditEvent:
    """How an event looks from outside."""
    event = view.event
    return ShownAuditEvent(
        id=event.event_id,
        at=rfc3339(event.at),
        kind=event.kind,
        actor=event.actor,
        actor_name=view.actor_name,
        credential=event.credential,
        subject=event.subject,
        subject_name=view.subject_name,
        reason=event.reason,
        detail=event.detail,
        request_id=event.request_id,
        address=event.address,
    )
