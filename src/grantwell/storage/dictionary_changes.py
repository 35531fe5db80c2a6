"""What each change does to dictionaries: the oracle that the SQL drivers are held beside."""

from functools import singledispatch

from msgspec.structs import replace

from grantwell.protocol import changes as made
from grantwell.protocol.external_records import AddExternalIdentity
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.protocol.records import Client
from grantwell.storage.dictionary_tables import Tables, add, mark, require, take
from grantwell.storage.dictionary_upkeep import expired, remove_leftovers


@singledispatch
def make(change: object, tables: Tables) -> None:
    """Make a change. Raises Conflict, and may then have made half of it."""
    raise TypeError(f"{type(change).__name__} is no change")


@make.register
def _(change: made.AddOrganization, tables: Tables) -> None:
    add(tables.organizations, change.organization.org_id, change.organization, "name")


@make.register
def _(change: made.AddUser, tables: Tables) -> None:
    add(tables.users, change.user.user_id, change.user, "email")


@make.register
def _(change: ReplaceUser, tables: Tables) -> None:
    settable = ("password_hash", "role", "enabled", "valid_after")
    old = tables.users.get(change.user.user_id)
    require(old is not None and take(old, change.seen, settable) == old)
    assert old is not None
    tables.users[old.user_id] = take(old, change.user, settable)
    if change.keeps_administrator and change.withdraws:
        require(change.user.org_id in tables.organizations and bool(tables.administrators(change.user.org_id)))


@make.register
def _(change: made.AddApiKey, tables: Tables) -> None:
    add(tables.api_keys, change.api_key.api_key_id, change.api_key, "key_hash")


@make.register
def _(change: made.RevokeApiKey, tables: Tables) -> None:
    old = tables.api_keys.get(change.api_key_id)
    if old and old.org_id == change.org_id:
        mark(tables.api_keys, change.api_key_id, "revoked_at", change.at)


@make.register
def _(change: made.AddClient, tables: Tables) -> None:
    add(tables.clients, change.client.client_id, change.client)


@make.register
def _(change: made.ReplaceClient, tables: Tables) -> None:
    new, old = change.client, tables.clients.get(change.client.client_id)
    require(old is not None and old.org_id == new.org_id and old.revision == change.seen)
    assert old is not None
    changed = take(new, old, ("origin", "created_at", "last_used_at", "authorized_at", "introspection"))
    tables.clients[new.client_id] = replace(changed, revision=change.seen + 1, **_secret_uses(old, new))


def _secret_uses(old: Client, new: Client) -> dict[str, int | None]:
    """The last use goes with the secret, also when that becomes the older one."""
    newest, older = old.secret_last_used_at, old.older_secret_last_used_at
    noted: dict[str, int | None] = {}
    if old.secret_hash is not None and old.secret_hash == new.secret_hash:
        noted["secret_last_used_at"] = newest
    if new.older_secret_hash is not None and new.older_secret_hash in (old.older_secret_hash, old.secret_hash):
        noted["older_secret_last_used_at"] = older if new.older_secret_hash == old.older_secret_hash else newest
    return noted


@make.register
def _(change: made.RemoveClient, tables: Tables) -> None:
    old = tables.clients.get(change.client_id)
    require(old is not None and old.org_id == change.org_id)
    del tables.clients[change.client_id]
    tables.removed_clients[change.client_id] = change.client_id


@make.register
def _(change: made.AddGrant, tables: Tables) -> None:
    new = change.grant
    living = [old for old in tables.grants.values() if old.revoked_at is None]
    require(new.client_id in tables.clients)
    require((new.user_id, new.client_id) not in {(old.user_id, old.client_id) for old in living})
    add(tables.grants, new.grant_id, new)


@make.register
def _(change: made.ReplaceGrant, tables: Tables) -> None:
    old = tables.grants.get(change.grant.grant_id)
    require(old is not None and old.revoked_at is None and old.revision == change.seen)
    assert old is not None
    widened = take(old, change.grant, ("scopes", "consented"))
    tables.grants[old.grant_id] = replace(widened, revision=change.seen + 1)


@make.register
def _(change: made.RevokeGrant, tables: Tables) -> None:
    mark(tables.grants, change.grant_id, "revoked_at", change.at)


@make.register
def _(change: made.AddConsentDecision, tables: Tables) -> None:
    add(tables.consent_decisions, change.decision.consent_id, change.decision)


@make.register
def _(change: made.AddLineage, tables: Tables) -> None:
    add(tables.lineages, change.lineage.lineage_id, change.lineage)


@make.register
def _(change: made.AdvanceLineage, tables: Tables) -> None:
    old = tables.lineages.get(change.lineage_id)
    require(old is not None and old.generation == change.generation and old.revoked_at is None)
    assert old is not None
    advanced = take(old, change, ("rotated_at", "expires_at", "advanced_by"))
    tables.lineages[old.lineage_id] = replace(advanced, generation=change.generation + 1)


@make.register
def _(change: made.RevokeLineage, tables: Tables) -> None:
    mark(tables.lineages, change.lineage_id, "revoked_at", change.at)


@make.register
def _(change: made.RevokeAccessToken, tables: Tables) -> None:
    tables.revoked_tokens.setdefault(change.jti, change.expires_at)


@make.register
def _(change: made.AuthorizeClient, tables: Tables) -> None:
    mark(tables.clients, change.client_id, "authorized_at", change.at)


@make.register
def _(change: AddExternalIdentity, tables: Tables) -> None:
    add(tables.external_identities, change.identity.identity_id, change.identity)


@make.register
def _(change: AddSession, tables: Tables) -> None:
    add(tables.sessions, change.session.session_id, change.session, "session_hash")


@make.register
def _(change: EndSession, tables: Tables) -> None:
    mark(tables.sessions, change.session_id, "ended_at", change.at)


@make.register
def _(change: EndSessions, tables: Tables) -> None:
    for session in tuple(tables.sessions.values()):
        if session.user_id == change.user_id and session.session_id != change.but:
            mark(tables.sessions, session.session_id, "ended_at", change.at)


@make.register
def _(change: made.AddSigningKey, tables: Tables) -> None:
    add(tables.signing_keys, change.key.kid, change.key, "sequence")


@make.register
def _(change: made.RevokeSigningKey, tables: Tables) -> None:
    mark(tables.signing_keys, change.kid, "revoked_at", change.at)


@make.register
def _(change: made.ResealSigningKey, tables: Tables) -> None:
    require(change.kid in tables.signing_keys)
    key = tables.signing_keys[change.kid]
    require(key.private_key == change.seen)
    tables.signing_keys[change.kid] = replace(key, private_key=change.private_key)


@make.register
def _(change: made.RecordEvent, tables: Tables) -> None:
    add(tables.audit_events, change.event.event_id, change.event)


@make.register
def _(change: made.RemoveLeftovers, tables: Tables) -> None:
    remove_leftovers(tables, change.limit)


@make.register
def _(change: made.RemoveExpired, tables: Tables) -> None:
    due = expired(tables, change.table, change.before)
    for key in sorted(due, key=due.__getitem__)[: change.limit]:
        del getattr(tables, change.table)[key]
