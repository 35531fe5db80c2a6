"""The audit log of an organization, for its administrators: who did what to whom, newest first. Ours, not an RFC's."""

from msgspec import Struct

from grantwell.protocol.audit_bodies import AuditEventList, AuditMeta, show_event
from grantwell.protocol.audit_log import LOGS, PARAMETERS, AuditRequest, Log, cursor_after, read_audit_request
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.operator_store import AuditView
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import REGISTERED_ORG_ID
from grantwell.protocol.rights import is_operator, require_administrator, require_operator
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE

# Events of the server itself, and of people whom nobody knows, bear no organization.
NOBODYS = ""
OWN: tuple[Log, ...] = LOGS[:1]


class AuditFacts(Struct, frozen=True):
    """One event more than the page has, if there is one, and whose server it is."""

    views: tuple[AuditView, ...]
    operator_org_id: str | None


def read(call: Call, context: Context) -> AuditRequest:
    """Read page and filters. Raises AccessDenied, InvalidRequest."""
    require_administrator(context.caller)
    return read_audit_request(call.query())


async def load(store: Store, request: AuditRequest, context: Context) -> AuditFacts:
    """The page."""
    own = context.caller.org_id
    org_id = {"organization": own, "server": NOBODYS, "registered": REGISTERED_ORG_ID}[request.log]
    operator = await store.operator_org_id()
    if org_id != own and not is_operator(context.caller, operator):
        return AuditFacts((), operator)
    return AuditFacts(tuple(await store.audit_page(org_id, request.chosen, request.size + 1)), operator)


def decide(request: AuditRequest, facts: AuditFacts, context: Context) -> Outcome:
    """Show the page. Raises AccessDenied for the logs of the server, unless the caller runs it."""
    if request.log not in OWN:
        require_operator(context.caller, facts.operator_org_id)
    shown, more = facts.views[: request.size], facts.views[request.size :]
    following = cursor_after(shown[-1].event.at, shown[-1].event.event_id) if more else None
    logs = LOGS if is_operator(context.caller, facts.operator_org_id) else OWN
    body = AuditEventList(tuple(map(show_event, shown)), AuditMeta(request.size, following, logs))
    return Outcome(Reply(200, body, NO_STORE))


LIST_AUDIT_EVENTS = Operation(
    "ListAuditEvents",
    "GET /audit_events",
    "session",
    read,
    load,
    decide,
    Documentation(
        summary="List the events of the audit log",
        tag="Audit log",
        response=AuditEventList,
        errors=(400, 401, 403),
        parameters=PARAMETERS,
    ),
)
AUDIT_EVENTS = Extension("audit events", (LIST_AUDIT_EVENTS,))
