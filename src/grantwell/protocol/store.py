"""The ports: what operations may look up, and how changes are applied.

Every look-up reads one consistent moment. Facts that belong together come from one joined statement.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.apps_store import AppsStore
from grantwell.protocol.changes import Change
from grantwell.protocol.command_store import CommandStore
from grantwell.protocol.external_records import ExternalStore
from grantwell.protocol.operator_store import OperatorStore
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_store import PeopleStore
from grantwell.protocol.records import (
    ApiKey,
    AuthenticatingClient,
    Client,
    ConsentDecision,
    Grant,
    IntrospectionReach,
    Lineage,
    Role,
    Session,
    SigningKeyRow,
    User,
)
from grantwell.protocol.refusal_store import RefusalKeeper, RefusalStore


class Conflict(Exception):
    """A guarded change found nothing to change, or its fate is unknown: load and decide again."""


class StorageUnavailable(Exception):
    """The database cannot answer now (busy, full, read-only, gone). Nothing was changed."""


class TokenFacts(Struct, frozen=True, gc=False):
    """What decides whether an access token is live, and what it may do. None means: there is no such row.

    `owner_*` is the user who made the client; `user_*` the subject, if it is a person; `lineage_*` and `grant_*` what
    the token's `lineage` names (a grant that is gone counts as revoked, at 0); `session_*` what its `sid` names;
    `revoked_jti` is set when the token itself is on the list. Booleans come as the database has them, 0 or 1.
    """

    client_org_id: str | None = None
    client_user_id: str | None = None
    client_type: str | None = None
    client_origin: str | None = None
    client_enabled: int | None = None
    client_valid_after: int | None = None
    owner_role: Role | None = None
    owner_enabled: int | None = None
    user_org_id: str | None = None
    user_role: Role | None = None
    user_enabled: int | None = None
    user_valid_after: int | None = None
    lineage_id: str | None = None
    lineage_revoked_at: int | None = None
    grant_revoked_at: int | None = None
    session_user_id: str | None = None
    session_expires_at: int | None = None
    session_ended_at: int | None = None
    revoked_jti: str | None = None
    client_introspection: IntrospectionReach | None = None


class RedemptionFacts(Struct, frozen=True):
    """What decides about a presented code or refresh token, with the client that presents it.

    A grant that is gone counts as revoked, at 0.
    """

    client: AuthenticatingClient | None
    lineage: Lineage | None
    grant_revoked_at: int | None
    user: User | None


class ApiKeyFacts(Struct, frozen=True):
    """A user's API key and the user."""

    api_key: ApiKey
    user: User


class ConsentFacts(Struct, frozen=True):
    """What decides about a consent token: its client, the user's living grant, and an earlier decision."""

    client: Client | None
    user: User | None
    grant: Grant | None
    decision: ConsentDecision | None
    lineage: Lineage | None


class SessionFacts(Struct, frozen=True):
    """A session and its user."""

    session: Session
    user: User


class GrantView(Struct, frozen=True):
    """A grant with its last use, which is read from its lineages."""

    grant: Grant
    last_used_at: int | None


class ClientFilter(Struct, frozen=True):
    """What a list of clients is narrowed to; None is no bound. `name_contains` knows no case, `name` does."""

    client_type: str | None = None
    verified: bool | None = None
    grant_type: str | None = None
    name: str | None = None
    name_contains: str | None = None
    client_id: str | None = None


class Store(OperatorStore, PeopleStore, AppsStore, RefusalStore, ExternalStore, Protocol):
    """The look-ups."""

    async def client(self, client_id: str) -> Client | None:
        """A client by its id, whoever owns it."""

    async def authenticating_client(self, client_id: str) -> AuthenticatingClient | None:
        """What decides about a client that presents itself, and no more of it."""

    async def redemption(self, client_id: str, lineage_id: str) -> RedemptionFacts:
        """The presenting client, and the lineage with its grant and user."""

    async def token(self, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str) -> TokenFacts:
        """The facts about an access token with these claims; an empty id finds nothing."""

    async def introspection(
        self, caller_id: str, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str
    ) -> tuple[AuthenticatingClient | None, TokenFacts]:
        """What `authenticating_client(caller_id)` and `token(...)` find, in one statement."""

    async def api_key(self, key_hash: str) -> ApiKeyFacts | None:
        """An API key by its hash, revoked and expired ones included."""

    async def consent(self, consent_id: str, client_id: str, user_id: str) -> ConsentFacts:
        """The facts about one consent token and one user."""

    async def managed_client(self, org_id: str, client_id: str) -> Client | None:
        """A client of one organization."""

    async def clients(self, org_id: str, chosen: ClientFilter, offset: int, limit: int) -> tuple[Sequence[Client], int]:
        """One page of an organization's clients, newest first, and how many there are in all."""

    async def grant(self, user_id: str, grant_id: str) -> GrantView | None:
        """A user's living grant."""

    async def grants(self, user_id: str, offset: int, limit: int) -> tuple[Sequence[GrantView], int]:
        """One page of a user's living grants, newest first, and how many there are in all."""

    async def session(self, session_hash: str) -> SessionFacts | None:
        """A session by the hash of its secret, with its user; ended and expired ones included."""

    async def signing_keys(self) -> Sequence[SigningKeyRow]:
        """All signing keys, oldest first."""


class Backend(Store, CommandStore, RefusalKeeper, Protocol):
    """A database. `reads_at_once` says that a look-up of one thing is answered without a wait."""

    reads_at_once: bool

    async def apply(self, changes: Sequence[Change]) -> int:
        """Make all in one transaction, durably; how many rows changed. Raises Conflict, StorageUnavailable: none is."""

    async def note_uses(self, uses: Sequence[Use]) -> None:
        """Write last uses; a later time never gives way to an earlier one."""

    async def check(self) -> None:
        """Raises StorageUnavailable if the database cannot answer."""

    async def close(self) -> None:
        """Finish what is under way and let go."""
