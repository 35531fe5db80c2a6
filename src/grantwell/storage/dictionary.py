"""A backend in dictionaries: small enough to be obviously right, so that the databases can be held beside it."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from grantwell.protocol.changes import Change
from grantwell.protocol.outcome import Use
from grantwell.protocol.records import (
    AuthenticatingClient,
    Client,
    Grant,
    SigningKeyRow,
)
from grantwell.protocol.store import (
    ApiKeyFacts,
    ClientFilter,
    ConsentFacts,
    GrantView,
    RedemptionFacts,
    SessionFacts,
    StorageUnavailable,
    TokenFacts,
)
from grantwell.storage.dictionary_apps import DictionaryApps
from grantwell.storage.dictionary_changes import make
from grantwell.storage.dictionary_commands import DictionaryCommands
from grantwell.storage.dictionary_external import DictionaryExternal
from grantwell.storage.dictionary_operator import DictionaryOperatorStore
from grantwell.storage.dictionary_people import DictionaryPeople
from grantwell.storage.dictionary_refusals import DictionaryRefusals
from grantwell.storage.dictionary_tables import Tables, newest_first
from grantwell.storage.dictionary_upkeep import note

_AUTHENTICATING = AuthenticatingClient.__struct_fields__


class DictionaryBackend(
    DictionaryOperatorStore,
    DictionaryPeople,
    DictionaryApps,
    DictionaryRefusals,
    DictionaryExternal,
    DictionaryCommands,
):
    """A `Backend` that forgets everything when it goes."""

    reads_at_once = True

    def __init__(self) -> None:
        """Begin with nothing."""
        self.tables = Tables()
        self._closed = False

    async def apply(self, changes: Sequence[Change]) -> int:
        await self.check()
        tables = self.tables.copy()
        for change in changes:
            make(change, tables)
        before, self.tables = self.tables, tables
        return tables.differing(before)

    async def note_uses(self, uses: Sequence[Use]) -> None:
        await self.check()
        note(self.tables, uses)

    async def check(self) -> None:
        if self._closed:
            raise StorageUnavailable("the database is closed")

    async def close(self) -> None:
        self._closed = True

    async def client(self, client_id: str) -> Client | None:
        return self.tables.clients.get(client_id)

    async def authenticating_client(self, client_id: str) -> AuthenticatingClient | None:
        found = self.tables.clients.get(client_id)
        return AuthenticatingClient(*(getattr(found, each) for each in _AUTHENTICATING)) if found else None

    async def redemption(self, client_id: str, lineage_id: str) -> RedemptionFacts:
        lineage = self.tables.lineages.get(lineage_id)
        user = self.tables.users.get(lineage.user_id) if lineage else None
        return RedemptionFacts(
            await self.authenticating_client(client_id), lineage, self._grant_revoked_at(lineage_id), user
        )

    async def token(self, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str) -> TokenFacts:
        client, user = self.tables.clients.get(client_id), self.tables.users.get(subject)
        owner = self.tables.users.get(client.user_id) if client else None
        lineage, session = self.tables.lineages.get(lineage_id), self.tables.sessions.get(session_id)
        return TokenFacts(
            **_facts(
                client,
                "client",
                "org_id",
                "user_id",
                "client_type",
                "origin",
                "enabled",
                "valid_after",
                "introspection",
            ),
            **_facts(owner, "owner", "role", "enabled"),
            **_facts(user, "user", "org_id", "role", "enabled", "valid_after"),
            **_facts(lineage, "lineage", "lineage_id", "revoked_at"),
            **_facts(session, "session", "user_id", "expires_at", "ended_at"),
            grant_revoked_at=self._grant_revoked_at(lineage_id),
            revoked_jti=jti if jti in self.tables.revoked_tokens else None,
        )

    def _grant_revoked_at(self, lineage_id: str) -> int | None:
        lineage = self.tables.lineages.get(lineage_id)
        if lineage is None:
            return None
        grant = self.tables.grants.get(lineage.grant_id)
        return grant.revoked_at if grant else 0

    async def introspection(
        self, caller_id: str, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str
    ) -> tuple[AuthenticatingClient | None, TokenFacts]:
        return await self.authenticating_client(caller_id), await self.token(
            client_id, subject, lineage_id, session_id, jti
        )

    async def api_key(self, key_hash: str) -> ApiKeyFacts | None:
        for found in self.tables.api_keys.values():
            if found.key_hash == key_hash and found.user_id in self.tables.users:
                return ApiKeyFacts(found, self.tables.users[found.user_id])
        return None

    async def consent(self, consent_id: str, client_id: str, user_id: str) -> ConsentFacts:
        decision = self.tables.consent_decisions.get(consent_id)
        theirs = (each for each in self._living_grants(user_id) if each.client_id == client_id)
        return ConsentFacts(
            await self.client(client_id),
            self.tables.users.get(user_id),
            next(theirs, None),
            decision,
            self.tables.lineages.get(decision.lineage_id or "") if decision else None,
        )

    async def managed_client(self, org_id: str, client_id: str) -> Client | None:
        found = await self.client(client_id)
        return found if found and found.org_id == org_id else None

    async def clients(self, org_id: str, chosen: ClientFilter, offset: int, limit: int) -> tuple[list[Client], int]:
        found = [each for each in newest_first(self.tables.clients) if each.org_id == org_id and _fits(each, chosen)]
        return found[offset : offset + limit], len(found)

    async def grant(self, user_id: str, grant_id: str) -> GrantView | None:
        return next((self._view(each) for each in self._listed_grants(user_id) if each.grant_id == grant_id), None)

    async def grants(self, user_id: str, offset: int, limit: int) -> tuple[list[GrantView], int]:
        found = [self._view(each) for each in self._listed_grants(user_id)]
        return found[offset : offset + limit], len(found)

    def _listed_grants(self, user_id: str) -> list[Grant]:
        return [each for each in self._living_grants(user_id) if each in self.tables.listed_grants()]

    def _living_grants(self, user_id: str) -> list[Grant]:
        found = newest_first(self.tables.grants)
        return [each for each in found if each.user_id == user_id and each.revoked_at is None]

    def _view(self, grant: Grant) -> GrantView:
        lineages = [each for each in self.tables.lineages.values() if each.grant_id == grant.grant_id]
        return GrantView(grant, max((each.rotated_at for each in lineages if each.generation), default=None))

    async def session(self, session_hash: str) -> SessionFacts | None:
        for found in self.tables.sessions.values():
            if found.session_hash == session_hash and found.user_id in self.tables.users:
                return SessionFacts(found, self.tables.users[found.user_id])
        return None

    async def signing_keys(self) -> list[SigningKeyRow]:
        return sorted(self.tables.signing_keys.values(), key=lambda key: key.sequence)


def _facts(record: Struct | None, prefix: str, *names: str) -> dict[str, Any]:
    """What is found under each name, as a database has it; a name that bears the prefix already gets no second one."""
    found = {name if name.startswith(prefix) else f"{prefix}_{name}": getattr(record, name, None) for name in names}
    return {name: int(value) if isinstance(value, bool) else value for name, value in found.items()}


def _fits(client: Client, chosen: ClientFilter) -> bool:
    exact = (
        (chosen.client_type, client.client_type),
        (chosen.verified, client.verified),
        (chosen.name, client.name),
        (chosen.client_id, client.client_id),
    )
    return (
        all(wanted is None or wanted == found for wanted, found in exact)
        and (chosen.grant_type is None or chosen.grant_type in client.allowed_grant_types)
        and (chosen.name_contains is None or chosen.name_contains.casefold() in client.name.casefold())
    )
