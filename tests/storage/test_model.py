"""Whatever is done to a database, it says and keeps what dictionaries do."""

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.storage import examples as an

from grantwell.protocol import changes as made
from grantwell.protocol.external_records import AddExternalIdentity, ExternalIdentity
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.protocol.store import Backend, Conflict
from grantwell.storage import rows
from grantwell.storage.dictionary import DictionaryBackend
from grantwell.storage.dictionary_tables import Tables
from grantwell.storage.sqlite import SqliteBackend, open_sqlite

RECORDS: dict[str, rows.Rows[Any]] = {
    "organizations": rows.ORGANIZATION,
    "users": rows.USER,
    "api_keys": rows.API_KEY,
    "clients": rows.CLIENT,
    "grants": rows.GRANT,
    "lineages": rows.LINEAGE,
    "consent_decisions": rows.CONSENT_DECISION,
    "sessions": rows.SESSION,
    "signing_keys": rows.SIGNING_KEY,
    "audit_events": rows.AUDIT_EVENT,
    "external_identities": rows.EXTERNAL_IDENTITY,
}

identifier = st.sampled_from(["a", "b", "c"])
text = st.sampled_from(["x", "X", "it's"])
time = st.integers(0, 6)
sealed = st.sampled_from(["ciphertext", "another"])
generation = st.integers(0, 3)
maybe = {"at": st.none() | time, "text": st.none() | text}


def change(kind: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


def record(example: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(example, **fields)


organizations = record(an.organization, org_id=identifier, name=text)
users = record(
    an.user,
    user_id=identifier,
    org_id=identifier,
    email=text,
    role=st.sampled_from(["admin", "member"]),
    enabled=st.booleans(),
    valid_after=st.sampled_from([0, 1]),
)
api_keys = record(an.api_key, api_key_id=identifier, key_hash=text, user_id=identifier, org_id=identifier)
clients = record(
    an.client,
    client_id=identifier,
    org_id=st.sampled_from(["a", "org_registered"]),
    name=text,
    origin=st.sampled_from(["management", "registration"]),
    enabled=st.booleans(),
    introspection=st.sampled_from([None, "own"]),
    created_at=time,
    secret_hash=maybe["text"],
    secret_last_used_at=maybe["at"],
    older_secret_hash=maybe["text"],
    older_secret_last_used_at=maybe["at"],
    revision=generation,
    last_used_at=maybe["at"],
    authorized_at=maybe["at"],
)
grants = record(an.grant, grant_id=identifier, user_id=identifier, client_id=identifier, revision=generation)
lineages = record(
    an.lineage,
    lineage_id=identifier,
    grant_id=identifier,
    client_id=identifier,
    generation=generation,
    expires_at=time,
    ends_at=time,
    revoked_at=maybe["at"],
    advanced_by=maybe["text"],
)
decisions = record(an.decision, consent_id=identifier, allowed=st.booleans(), lineage_id=maybe["text"], expires_at=time)
sessions = record(
    an.session,
    session_id=identifier,
    session_hash=text,
    user_id=identifier,
    expires_at=time,
    ended_at=maybe["at"],
    last_used_at=maybe["at"],
)
signing_keys = record(an.signing_key, kid=identifier, sequence=generation, revoked_at=maybe["at"])
identities = st.builds(
    ExternalIdentity,
    identity_id=identifier,
    issuer=text,
    subject=text,
    user_id=identifier,
    org_id=identifier,
    created_at=time,
)
events = record(an.event, event_id=identifier, at=time)

CHANGES: dict[type, st.SearchStrategy[Any]] = {
    made.AddOrganization: change(made.AddOrganization, organization=organizations),
    made.AddUser: change(made.AddUser, user=users),
    ReplaceUser: change(ReplaceUser, user=users, seen=users, keeps_administrator=st.booleans()),
    made.AddApiKey: change(made.AddApiKey, api_key=api_keys),
    made.RevokeApiKey: change(made.RevokeApiKey, api_key_id=identifier, org_id=identifier, at=time),
    made.AddClient: change(made.AddClient, client=clients),
    made.ReplaceClient: change(made.ReplaceClient, client=clients, seen=generation),
    made.RemoveClient: change(made.RemoveClient, client_id=identifier, org_id=st.sampled_from(["a", "org_registered"])),
    made.AddGrant: change(made.AddGrant, grant=grants),
    made.ReplaceGrant: change(made.ReplaceGrant, grant=grants, seen=generation),
    made.RevokeGrant: change(made.RevokeGrant, grant_id=identifier, at=time),
    made.AddConsentDecision: change(made.AddConsentDecision, decision=decisions),
    made.AddLineage: change(made.AddLineage, lineage=lineages),
    made.AdvanceLineage: change(
        made.AdvanceLineage,
        lineage_id=identifier,
        generation=generation,
        rotated_at=time,
        expires_at=time,
        advanced_by=text,
    ),
    made.RevokeLineage: change(made.RevokeLineage, lineage_id=identifier, at=time),
    made.RevokeAccessToken: change(made.RevokeAccessToken, jti=identifier, expires_at=time),
    made.AuthorizeClient: change(made.AuthorizeClient, client_id=identifier, at=time),
    AddSession: change(AddSession, session=sessions),
    EndSession: change(EndSession, session_id=identifier, at=time),
    EndSessions: change(EndSessions, user_id=identifier, but=identifier, at=time),
    made.AddSigningKey: change(made.AddSigningKey, key=signing_keys),
    made.RevokeSigningKey: change(made.RevokeSigningKey, kid=identifier, at=time),
    made.ResealSigningKey: change(made.ResealSigningKey, kid=identifier, seen=sealed, private_key=sealed),
    made.RemoveExpired: change(
        made.RemoveExpired,
        table=st.sampled_from(["lineages", "consent_decisions", "revoked_tokens", "sessions", "grants", "clients"]),
        before=time,
        limit=st.just(100),
    ),
    made.RemoveLeftovers: change(made.RemoveLeftovers, limit=st.just(100)),
    AddExternalIdentity: change(AddExternalIdentity, identity=identities),
    made.RecordEvent: change(made.RecordEvent, event=events),
}
uses = st.builds(
    Use,
    kind=st.sampled_from(["client_secret", "client", "api_key", "session"]),
    id=identifier,
    at=time,
    secret_hash=text,
)
steps = st.lists(st.lists(st.one_of(*CHANGES.values()), min_size=1, max_size=3) | uses, max_size=40)


async def do(backend: Backend, step: Sequence[made.Change] | Use) -> str:
    try:
        if isinstance(step, Use):
            await backend.note_uses([step])
        else:
            await backend.apply(step)
    except Conflict:
        return "conflict"
    return "made"


def kept_by(backend: SqliteBackend) -> Tables:
    tables = Tables()
    for name, kind in RECORDS.items():
        columns = ", ".join(kind.fields)
        for row in backend.write_connection.execute(f"SELECT {columns} FROM {name}").fetchall():
            getattr(tables, name)[row[0]] = kind.read(row)
    tables.revoked_tokens = dict(backend.write_connection.execute("SELECT jti, expires_at FROM revoked_tokens"))
    tables.removed_clients = dict(backend.write_connection.execute("SELECT client_id, client_id FROM removed_clients"))
    return tables


async def compare(sequence: list[list[made.Change] | Use]) -> None:
    dictionary, database = DictionaryBackend(), open_sqlite(":memory:", lock=True)
    try:
        for step in sequence:
            assert await do(database, step) == await do(dictionary, step), step
            assert kept_by(database) == dictionary.tables, step
    finally:
        await database.close()


@settings(max_examples=150, deadline=None)
@given(steps)
def test_a_database_says_and_keeps_what_dictionaries_do(sequence: list[list[made.Change] | Use]) -> None:
    asyncio.run(compare(sequence))


def test_the_model_knows_every_change() -> None:
    assert set(CHANGES) == set(made.Change.__args__)
