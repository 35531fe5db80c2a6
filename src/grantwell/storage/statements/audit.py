"""The audit log, newest first: one statement for each filter that an index leads with, so that none reads it all.

The filters that do not lead are looked at on the way.
"""

from grantwell.storage.statement import Statement
from grantwell.storage.statements.columns import statement

_EXACT = {
    "request_id": "event.request_id = :request_id",
    "subject": "event.subject = :subject",
    "actor": "event.actor = :actor",
    # Its index has no others.
    "reason": "event.reason = :reason AND event.reason <> ''",
    "kind": "event.kind = :kind",
}
_OPTIONAL = {
    **{name: f"(CAST(:{name} AS TEXT) IS NULL OR event.{name} = :{name})" for name in _EXACT},
    "about": "(CAST(:about AS TEXT) IS NULL OR event.actor = :about OR event.subject = :about)",
}


_EVENTS = """SELECT {event} FROM audit_events AS event WHERE event.org_id = :org_id AND <fits>
    AND event.at >= :since AND (event.at, event.event_id) < (:before_at, :before_id)
    ORDER BY event.at DESC, event.event_id DESC LIMIT :limit"""

_ABOUT = "SELECT {listed} FROM (<done to it>) AS listed UNION ALL SELECT {listed} FROM (<done by it>) AS listed"

# With what actor and subject are called now.
_NAMED = """SELECT {listed}, COALESCE(actor_user.email, actor_client.name) AS actor_name,
    COALESCE(subject_user.email, subject_client.name, subject_key.name, subject_organization.name) AS subject_name
    FROM (<events>) AS listed
    LEFT JOIN users AS actor_user ON actor_user.user_id = listed.actor AND actor_user.org_id = listed.org_id
    LEFT JOIN clients AS actor_client ON actor_client.client_id = listed.actor
    LEFT JOIN users AS subject_user ON subject_user.user_id = listed.subject AND subject_user.org_id = listed.org_id
    LEFT JOIN clients AS subject_client ON subject_client.client_id = listed.subject
    LEFT JOIN api_keys AS subject_key ON subject_key.api_key_id = listed.subject
        AND subject_key.org_id = listed.org_id
    LEFT JOIN organizations AS subject_organization ON subject_organization.org_id = listed.subject
        AND subject_organization.org_id = listed.org_id
    ORDER BY listed.at DESC, listed.event_id DESC LIMIT :limit"""


def _events(leads: str, *fits: str) -> str:
    """A page's worth of events that fit all filters, found by the one that leads."""
    other = (text for name, text in _OPTIONAL.items() if name != leads)
    return _EVENTS.replace("<fits>", " AND ".join((*fits, *other)))


def _about() -> str:
    """What was done to somebody, and what they did: a page's worth of each, of which a page is cut."""
    done_to, done_by = "event.subject = :about", "event.actor = :about AND event.subject <> :about"
    halves = _ABOUT.replace("<done to it>", _events("about", done_to))
    return halves.replace("<done by it>", _events("about", done_by))


def _named(name: str, events: str) -> Statement:
    return statement(f"audit_page_by_{name}", _NAMED.replace("<events>", events))


# By the filter that leads, the one that leaves the fewest events first; the last is for none of them.
AUDIT_PAGES: dict[str, Statement] = {
    "request_id": _named("request_id", _events("request_id", _EXACT["request_id"])),
    "subject": _named("subject", _events("subject", _EXACT["subject"])),
    "about": _named("about", _about()),
    "actor": _named("actor", _events("actor", _EXACT["actor"])),
    "reason": _named("reason", _events("reason", _EXACT["reason"])),
    "kind": _named("kind", _events("kind", _EXACT["kind"])),
    "": _named("time", _events("")),
}

AUDIT_EXPORT = statement(
    "audit_export",
    """SELECT {event} FROM audit_events AS event
    WHERE (event.at, event.event_id) > (:after_at, :after_id) AND event.at < :until
    ORDER BY event.at, event.event_id LIMIT :limit""",
)
