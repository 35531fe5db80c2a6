"""What an event of the audit log says, in a sentence, and what stands behind it."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from grantwell.pages.texts import Texts

# Every kind of event; each has a sentence, `audit.did_` and the kind with its dot as an underscore.
KINDS = (
    "user.signed_in",
    "user.sign_in_refused",
    "user.signed_out",
    "user.session_ended",
    "user.sessions_ended",
    "user.password_changed",
    "user.password_change_refused",
    "user.password_reset",
    "user.ticket_issued",
    "user.external_identity_linked",
    "user.created",
    "user.role_changed",
    "user.disabled",
    "user.enabled",
    "consent.allowed",
    "consent.denied",
    "grant.revoked",
    "client.created",
    "client.registered",
    "client.updated",
    "client.verification_lost",
    "client.secret_rotated",
    "client.older_secret_ended",
    "client.disabled",
    "client.enabled",
    "client.deleted",
    "access_token.revoked",
    "lineage.revoked",
    "lineage.replayed",
    "api_key.created",
    "api_key.revoked",
    "organization.created",
    "signing_key.created",
    "signing_key.revoked",
    "signing_key.resealed",
)
REFUSED = ("user.sign_in_refused", "user.password_change_refused", "lineage.replayed")
COMMAND_LINE = "cli"
# The requests of what the server does by itself, at its first start and later.
BY_ITSELF = ("background", "cli")
SHORT = 12


@dataclass(frozen=True, slots=True)
class EventView:
    """An event. `alarming` says that something was refused, or found to be misused."""

    event: dict[str, Any]
    sentence: Markup
    alarming: bool


def event_view(t: Texts, event: dict[str, Any]) -> EventView:
    """The event in the words of a language."""
    kind = event["kind"]
    names = {
        "actor": _strong(actor_of(t, event)),
        "subject": _strong(event["subject_name"] or _short(event["subject"]) or t("audit.somebody")),
        "detail": _strong(event["detail"]),
    }
    key = sentence_key(kind) if kind in KINDS else "audit.did_something"
    return EventView(event, t.rich(key, kind=kind, **names), kind in REFUSED)


def sentence_key(kind: str) -> str:
    """The key of the sentence of a kind that there is."""
    return f"audit.did_{kind.replace('.', '_')}"


def actor_of(t: Texts, event: dict[str, Any]) -> str:
    """Who did it, in words."""
    if event["actor"] == COMMAND_LINE:
        return t("audit.command_line")
    if not event["actor"]:
        return t("audit.server" if event["request_id"] in BY_ITSELF else "audit.somebody")
    return str(event["actor_name"] or _short(event["actor"]))


def kind_in_words(t: Texts, kind: str) -> str:
    """A kind for a list to choose from: its sentence, about nobody."""
    return t(sentence_key(kind), kind=kind, actor="…", subject="…", detail="…")


def _short(identifier: str) -> str:
    """Enough of an identifier to tell it from others nearby; the whole of it stands in the details."""
    return identifier if len(identifier) <= SHORT + 1 else f"{identifier[:SHORT]}…"


def _strong(text: str) -> Markup:
    return Markup("<strong><bdi>{}</bdi></strong>").format(text)
