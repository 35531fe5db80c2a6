"""Tables that are dictionaries, and the few ways in which they change."""

from collections.abc import Iterable
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from grantwell.protocol import records
from grantwell.protocol.external_records import ExternalIdentity
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.protocol.store import Conflict

Found = TypeVar("Found", bound=Struct)
Item = TypeVar("Item", records.Client, records.Grant)


class Tables(Struct):
    """One dictionary a table, by the key of its records, which themselves never change."""

    organizations: dict[str, records.Organization] = field(default_factory=dict)
    users: dict[str, records.User] = field(default_factory=dict)
    api_keys: dict[str, records.ApiKey] = field(default_factory=dict)
    clients: dict[str, records.Client] = field(default_factory=dict)
    grants: dict[str, records.Grant] = field(default_factory=dict)
    lineages: dict[str, records.Lineage] = field(default_factory=dict)
    consent_decisions: dict[str, records.ConsentDecision] = field(default_factory=dict)
    revoked_tokens: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, records.Session] = field(default_factory=dict)
    signing_keys: dict[str, records.SigningKeyRow] = field(default_factory=dict)
    audit_events: dict[str, records.AuditEvent] = field(default_factory=dict)
    external_identities: dict[str, ExternalIdentity] = field(default_factory=dict)
    refused_requests: dict[str, RefusedRequest] = field(default_factory=dict)
    removed_clients: dict[str, str] = field(default_factory=dict)

    def listed_grants(self) -> list[records.Grant]:
        """Those that anybody sees: not of a client that has been removed."""
        return [each for each in self.grants.values() if each.client_id in self.clients]

    def copy(self) -> "Tables":
        """Tables that can be changed without these noticing."""
        return Tables(*(dict(getattr(self, name)) for name in self.__struct_fields__))

    def administrators(self, org_id: str) -> list[records.User]:
        """The enabled administrators of an organization."""
        theirs = [user for user in self.users.values() if user.org_id == org_id]
        return [user for user in theirs if user.role == "admin" and user.enabled]

    def differing(self, other: "Tables") -> int:
        """In how many records these tables and others differ."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in self.__struct_fields__]
        return sum(ours.get(key) != theirs.get(key) for ours, theirs in pairs for key in ours.keys() | theirs.keys())


def add(table: dict[str, Found], key: str, new: Found, *unique: str) -> None:
    """Add a record. Raises Conflict if its key is taken, or its value in one of the `unique` fields."""
    require(key not in table and not any(same(old, new, name) for old in table.values() for name in unique))
    table[key] = new


def mark(table: dict[str, Found], key: str, name: str, at: int) -> None:
    """Note a time, unless one is noted already or there is no such record."""
    if key in table and getattr(table[key], name) is None:
        table[key] = replace(table[key], **{name: at})


def require(guard: bool) -> None:
    """Raise Conflict unless a guard holds."""
    if not guard:
        raise Conflict


def same(one: Struct, other: Struct, name: str) -> bool:
    """Whether two records agree in a field; the case of an email address does not count."""
    return bool(_folded(one, name) == _folded(other, name))


def _folded(record: Struct, name: str) -> Any:
    value = getattr(record, name)
    return value.casefold() if name == "email" else value


def take(record: Found, other: Struct, names: Iterable[str]) -> Found:
    """The record with some fields of another."""
    return replace(record, **{name: getattr(other, name) for name in names})


def newest_first(table: dict[str, Item]) -> list[Item]:
    """By the time that they were made at, then by key."""
    return [table[key] for key in sorted(table, key=lambda key: (table[key].created_at, key), reverse=True)]
