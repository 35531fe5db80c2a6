"""From changes to statements: one table, shared by the SQL drivers.

A guarded statement that touches no row, and any unique violation, is a lost race: the driver raises Conflict and
undoes the whole list.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import asdict

from grantwell.protocol import changes as made
from grantwell.protocol.external_records import AddExternalIdentity
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.storage import rows
from grantwell.storage.statement import Statement
from grantwell.storage.statements import accounts, clients, external, grants, people, tokens, upkeep


class Step(NamedTuple):
    """One statement to run, with its values; if `guarded`, it must touch a row."""

    statement: Statement
    values: tuple[Any, ...]
    guarded: bool = False


Stepping: TypeAlias = Callable[[Any], tuple[Step, ...]]


def _plain(*statements: Statement, guarded: bool = False) -> Stepping:
    """The change's own fields are the parameters; the guard, if any, is the first statement's."""

    def steps(change: Any) -> tuple[Step, ...]:
        values = asdict(change)
        return tuple([Step(each, each.bind(values), guarded and not n) for n, each in enumerate(statements)])

    return steps


def _record(
    statement: Statement,
    field: str,
    record: "rows.Rows[Any]",
    derived: Callable[[Any], dict[str, Any]] = lambda _record: {},
    *,
    guarded: bool = False,
) -> Stepping:
    """The record in `field` has the parameters, with the columns derived from it and the change's other fields."""

    def steps(change: Any) -> tuple[Step, ...]:
        values = asdict(change)
        found = values.pop(field)
        return (Step(statement, statement.bind(record.parameters(found) | derived(found) | values), guarded),)

    return steps


def _client_columns(client: Any) -> dict[str, Any]:
    mask = rows.grant_type_mask(client.allowed_grant_types)
    return {"name_folded": client.name.casefold(), "grant_type_mask": mask}


def _user_columns(user: Any) -> dict[str, Any]:
    return {"email_folded": user.email.casefold()}


def _lineage_columns(lineage: Any) -> dict[str, Any]:
    return {"kept_until": rows.kept_until(lineage)}


def _removal(change: made.RemoveExpired) -> tuple[Step, ...]:
    statement = upkeep.REMOVE_EXPIRED.get(change.table)
    if statement is None:
        raise ValueError(f"{change.table} is not cleaned up")
    return (Step(statement, statement.bind({"before": change.before, "limit": change.limit})),)


def _advance(change: made.AdvanceLineage) -> tuple[Step, ...]:
    statement = tokens.ROTATE_LINEAGE if change.generation else tokens.ADVANCE_LINEAGE
    return (Step(statement, statement.bind(asdict(change)), True),)


def _replacement(change: ReplaceUser) -> tuple[Step, ...]:
    seen = rows.USER.parameters(change.seen)
    values = rows.USER.parameters(change.user) | {f"seen_{name}": value for name, value in seen.items()}
    replace = Step(people.REPLACE_USER, people.REPLACE_USER.bind(values), True)
    if not (change.keeps_administrator and change.withdraws):
        return (replace,)
    organization = (change.user.org_id,)
    return (
        Step(people.HOLD_ORGANIZATION, organization, True),
        replace,
        Step(people.REQUIRE_ADMINISTRATOR, organization, True),
    )


STEPS: dict[type, Stepping] = {
    made.AddOrganization: _record(accounts.ADD_ORGANIZATION, "organization", rows.ORGANIZATION),
    made.AddUser: _record(accounts.ADD_USER, "user", rows.USER, _user_columns),
    ReplaceUser: _replacement,
    made.AddApiKey: _record(accounts.ADD_API_KEY, "api_key", rows.API_KEY),
    made.RevokeApiKey: _plain(accounts.REVOKE_API_KEY),
    made.AddClient: _record(clients.ADD_CLIENT, "client", rows.CLIENT, _client_columns),
    made.ReplaceClient: _record(clients.REPLACE_CLIENT, "client", rows.CLIENT, _client_columns, guarded=True),
    made.RemoveClient: _plain(clients.REMOVE_CLIENT, clients.NOTE_REMOVAL, guarded=True),
    made.AddGrant: _record(grants.ADD_GRANT, "grant", rows.GRANT, guarded=True),
    made.ReplaceGrant: _record(grants.REPLACE_GRANT, "grant", rows.GRANT, guarded=True),
    made.RevokeGrant: _plain(grants.REVOKE_GRANT),
    made.AddConsentDecision: _record(grants.ADD_CONSENT_DECISION, "decision", rows.CONSENT_DECISION),
    made.AddLineage: _record(tokens.ADD_LINEAGE, "lineage", rows.LINEAGE, _lineage_columns),
    made.AdvanceLineage: _advance,
    made.RevokeLineage: _plain(tokens.REVOKE_LINEAGE),
    made.RevokeAccessToken: _plain(tokens.REVOKE_ACCESS_TOKEN),
    made.AuthorizeClient: _plain(clients.AUTHORIZE_CLIENT),
    AddExternalIdentity: _record(external.ADD_EXTERNAL_IDENTITY, "identity", rows.EXTERNAL_IDENTITY),
    AddSession: _record(accounts.ADD_SESSION, "session", rows.SESSION),
    EndSession: _plain(accounts.END_SESSION),
    EndSessions: _plain(people.END_SESSIONS),
    made.AddSigningKey: _record(accounts.ADD_SIGNING_KEY, "key", rows.SIGNING_KEY),
    made.RevokeSigningKey: _plain(accounts.REVOKE_SIGNING_KEY),
    made.ResealSigningKey: _plain(accounts.RESEAL_SIGNING_KEY, guarded=True),
    made.RemoveExpired: _removal,
    made.RemoveLeftovers: _plain(*upkeep.REMOVE_LEFTOVERS),
    made.RecordEvent: _record(accounts.RECORD_EVENT, "event", rows.AUDIT_EVENT),
}


def steps_of(changes: Iterable[made.Change]) -> list[Step]:
    """The statements that make these changes, in their order."""
    return [step for change in changes for step in STEPS[type(change)](change)]


def steps_of_uses(uses: Iterable[Use]) -> list[Step]:
    """One statement for each credential that was used, with its latest use, in an order that all writers keep to."""
    latest: dict[tuple[str, str, str], int] = {}
    for use in uses:
        if use.kind not in upkeep.NOTE_USE:
            raise ValueError(f"{use.kind} is no kind of use")
        key = use.kind, use.id, use.secret_hash
        latest[key] = max(use.at, latest.get(key, use.at))
    return [_note(*key, at) for key, at in sorted(latest.items())]


def _note(kind: str, identifier: str, secret_hash: str, at: int) -> Step:
    statement = upkeep.NOTE_USE[kind]
    return Step(statement, statement.bind({"id": identifier, "secret_hash": secret_hash, "at": at}))
