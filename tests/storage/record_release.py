"""Records what a release asks of its database, word for word, for the releases after it to be held to.

Run once for a release, with its schema's number for a name: `python -m tests.storage.record_release 0001`. While the
next release is rolled out, or when it is taken back, these very statements meet its schema.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol import changes as made
from grantwell.protocol.external_records import AddExternalIdentity, ExternalIdentity
from grantwell.protocol.operator_store import AuditFilter
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.protocol.people_store import UserFilter
from grantwell.protocol.refusal_store import RefusalFilter
from grantwell.protocol.store import ClientFilter
from grantwell.storage.backend import SqlBackend
from grantwell.storage.changes import Step
from grantwell.storage.postgresql_pool import text_of
from grantwell.storage.rows import Row
from grantwell.storage.sqlite import SqliteBackend, open_sqlite
from grantwell.storage.statement import CATALOGUE, Statement

RECORDINGS = Path(__file__).parents[1] / "vectors" / "releases"
LATER = T0 + 10**9

CHANGES: tuple[made.Change, ...] = (
    *an.WORLD,
    made.AddClient(an.self_registered(client_id="client-2")),
    made.AddClient(an.client(client_id="client-3")),
    made.AddGrant(an.grant(grant_id="grant-2", client_id="client-2")),
    made.AddLineage(an.lineage(lineage_id="lineage-2", grant_id="grant-2")),
    made.AdvanceLineage("lineage-1", 0, T0 + 30, T0 + 9000, "r-2"),
    made.AdvanceLineage("lineage-1", 1, T0 + 60, T0 + 9030, "r-3"),
    made.ReplaceClient(an.client(name="Renamed", secret_hash="secret-2", older_secret_hash="secret-1"), 0),
    made.ReplaceGrant(an.grant(scopes=("read", "write")), 0),
    ReplaceUser(an.user(password_hash="argon2 anew", valid_after=T0), an.user()),
    made.AuthorizeClient("client-2", T0 + 5),
    made.ResealSigningKey("kid-1", "ciphertext", "another"),
    made.RevokeAccessToken("jti-1", T0 + 1800),
    AddExternalIdentity(ExternalIdentity("identity-1", "https://login.example", "ann", "user-1", "org-1", T0)),
)
# What earlier recordings read must not change with what is added here: it comes after the first look around.
REFUSED = (an.refused("ref-1", at=T0 - 1), an.refused("ref-2"))
ENDS: tuple[made.Change, ...] = (
    AddSession(an.session(session_id="session-2", session_hash="session-hash-2")),
    EndSessions("user-1", "session-1", T0 + 69),
    made.RevokeLineage("lineage-2", T0 + 70),
    made.RevokeGrant("grant-2", T0 + 71),
    made.RevokeApiKey("key-1", "org-1", T0 + 72),
    made.RevokeSigningKey("kid-1", T0 + 73),
    EndSession("session-1", T0 + 74),
    made.RemoveClient("client-3", "org-1"),
    made.RemoveLeftovers(100),
    *(made.RemoveExpired(table, LATER, 100) for table in ("lineages", "grants", "clients")),
    *(made.RemoveExpired(table, LATER, 100) for table in ("consent_decisions", "revoked_tokens", "sessions")),
    made.RemoveExpired("refused_requests", T0, 100),
    made.RemoveExpired("audit_events", T0 + 1, 100),
)
# After the last look around: of two users, each database finds another one first.
LAST: tuple[made.Change, ...] = (
    made.AddUser(an.user(user_id="user-2", email="Bob@example.com", role="admin")),
    ReplaceUser(an.user(enabled=False), an.user(password_hash="argon2 anew", valid_after=T0), keeps_administrator=True),
)
USES = (
    Use("client_secret", "client-1", T0 + 3, "secret-1"),
    Use("client", "client-2", T0 + 4),
    Use("api_key", "key-1", T0 + 5),
    Use("session", "session-1", T0 + 6),
)


class Tape:
    """Every statement that a backend runs, with its values and what came of it."""

    def __init__(self, backend: SqliteBackend) -> None:
        """Listen to a backend."""
        self.asked: list[dict[str, Any]] = []
        self._backend = backend
        self._point, self._scan, self._commit = backend.point, backend.scan, backend.commit
        for name in ("point", "scan", "commit"):
            setattr(backend, name, getattr(self, name))

    async def point(self, statement: Statement, values: tuple[Any, ...]) -> Row | None:
        """As the backend does it."""
        found = await self._point(statement, values)
        self._note(statement, values, rows=[found] if found else [])
        return found

    async def scan(self, statement: Statement, values: tuple[Any, ...]) -> Sequence[Row]:
        """The same."""
        found = await self._scan(statement, values)
        self._note(statement, values, rows=list(found))
        return found

    async def commit(self, steps: Sequence[Step]) -> int:
        """The same, a statement at a time."""
        touched = [await self._commit([step]) for step in steps]
        for step, number in zip(steps, touched, strict=True):
            self._note(step.statement, step.values, touched=number)
        return sum(touched)

    def _note(self, statement: Statement, values: tuple[Any, ...], **came_of_it: Any) -> None:
        self.asked.append({"statement": statement.name, "values": values, **came_of_it})


async def look_around(backend: SqlBackend) -> None:
    """Every look-up."""
    await backend.redemption("client-1", "lineage-1")
    await backend.redemption("client-9", "lineage-9")
    await backend.token("client-1", "user-1", "lineage-1", "session-1", "jti-1")
    await backend.introspection("client-2", "client-1", "user-1", "lineage-2", "", "jti-2")
    await backend.introspection("client-2", "client-1", "client-1", "", "", "jti-1")
    await backend.authenticating_client("client-1")
    await backend.client("client-2")
    await backend.api_key("hash-1")
    await backend.consent("consent-1", "client-1", "user-1")
    await backend.managed_client("org-1", "client-1")
    await backend.clients("org-1", ClientFilter(), 0, 10)
    await backend.clients("org-1", ClientFilter("confidential", False, "refresh_token", name_contains="ren"), 0, 10)
    await backend.grant("user-1", "grant-1")
    await backend.grants("user-1", 0, 10)
    await backend.user_by_email("Ann@example.com")
    await backend.session("session-hash-1")
    await backend.signing_keys()
    await look_around_as_an_operator(backend)
    await look_around_in_the_console(backend)
    await look_through_the_log(backend)


async def look_around_as_an_operator(backend: SqlBackend) -> None:
    """Every look-up of the commands, and the server's own."""
    await backend.organization_by_name("Acme")
    await backend.is_empty()
    await backend.users()
    await backend.api_keys("org-1")
    await backend.api_keys(None)
    await backend.all_clients(10)
    await backend.audit_events(0, 10)
    await backend.lineages_by_secret(T0)
    await backend.operator_org_id()
    await backend.has_clients()


async def look_around_in_the_console(backend: SqlBackend) -> None:
    """Every look-up of what people look after, and of who signs in elsewhere."""
    await backend.user("org-1", "user-1")
    await backend.users_of("org-1", UserFilter(role="admin", enabled=True), 0, 10)
    await backend.administrators("org-1")
    await backend.belongings("user-1", T0)
    await backend.user_sessions("user-1", T0, 0, 10)
    await backend.session_by_id("org-1", "session-1")
    await backend.user_api_keys("user-1", 0, 10)
    await backend.api_key_by_id("org-1", "key-1")
    await backend.app("user-1", "grant-1")
    await backend.apps("user-1", 0, 10)
    await backend.external_identity("identity-1", "ann@example.com", "Acme")
    await backend.refused_request(RefusalFilter("org-1"), "ref-2")
    await backend.refused_requests(RefusalFilter("org-1"), 0, 10)
    await backend.refused_requests(RefusalFilter("org-1", client_id="client-1"), 0, 10)


async def look_through_the_log(backend: SqlBackend) -> None:
    """By each filter, and as it is exported."""
    event = an.event()
    chosen: tuple[dict[str, Any], ...] = (
        {},
        {"request_id": event.request_id},
        {"subject": event.subject},
        {"about": event.subject},
        {"actor": event.actor},
        {"reason": "none"},
        {"kind": event.kind},
    )
    for each in chosen:
        await backend.audit_page("org-1", AuditFilter(**each), 10)
    await backend.audit_export((0, ""), LATER, 10)


async def converse(backend: SqliteBackend) -> list[dict[str, Any]]:
    """Use all of a backend. What it was asked of its schema's version is not recorded: that is the next one's."""
    tape = Tape(backend)
    await backend.apply(CHANGES)
    await look_around(backend)
    await backend.note_uses(USES)
    await backend.keep_refused_requests(REFUSED, 10, 10)
    await backend.apply(ENDS)
    await look_around(backend)
    await backend.apply(LAST)
    return tape.asked


def main(version: str) -> None:
    """Write the recording, in which every statement of the release must stand."""
    with TemporaryDirectory() as directory:
        asked = asyncio.run(converse(open_sqlite(Path(directory) / "grantwell.db", lock=True)))
    statements = {name: CATALOGUE[name] for name in sorted({each["statement"] for each in asked})}
    missing = CATALOGUE.keys() - statements.keys() - {"schema_version"}
    if missing:
        raise SystemExit(f"nobody asks {', '.join(sorted(missing))}: add it to the conversation")
    texts = {name: {"sqlite": each.sqlite, "postgresql": text_of(each)} for name, each in statements.items()}
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    lines = ",\n  ".join(json.dumps(each, ensure_ascii=False) for each in asked)
    (RECORDINGS / f"{version}.json").write_text(
        f'{{\n "statements": {json.dumps(texts, indent=2)},\n "asked": [\n  {lines}\n ]\n}}\n'
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
