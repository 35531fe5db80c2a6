"""The closed list of changes, each guarded or idempotent, so that repeating it, or racing with it, is safe.

A guard that finds nothing to change is a lost race (`Conflict`), and the driver loads and decides again.
"""

from msgspec import Struct

from grantwell.protocol import records
from grantwell.protocol.external_records import AddExternalIdentity
from grantwell.protocol.people_changes import PeopleChange


class AddOrganization(Struct, frozen=True):
    """Guarded by the unique name."""

    organization: records.Organization


class AddUser(Struct, frozen=True):
    """Guarded by the unique email address."""

    user: records.User


class AddApiKey(Struct, frozen=True):
    """Guarded by the unique hash."""

    api_key: records.ApiKey


class RevokeApiKey(Struct, frozen=True):
    """Idempotent: the first revocation stands."""

    api_key_id: str
    org_id: str
    at: int


class AddClient(Struct, frozen=True):
    """Unguarded: its id is random."""

    client: records.Client


class ReplaceClient(Struct, frozen=True):
    """Guarded: the client is at revision `seen`. Last uses and `authorized_at`, noted beside, stay as they are."""

    client: records.Client
    seen: int


class RemoveClient(Struct, frozen=True):
    """Guarded: it is still there. Its tokens, live only with it, die, and nobody sees its grants any more.

    However many they are, it is done at once: `RemoveLeftovers` deletes grants and lineages later, bit by bit.
    """

    client_id: str
    org_id: str


class AddGrant(Struct, frozen=True):
    """Guarded: at most one living grant for a user and client, and the client is there."""

    grant: records.Grant


class ReplaceGrant(Struct, frozen=True):
    """Guarded: the grant is still at revision `seen`, and living."""

    grant: records.Grant
    seen: int


class RevokeGrant(Struct, frozen=True):
    """Idempotent. Its lineages die with it, for they are live only while their grant is."""

    grant_id: str
    at: int


class AddConsentDecision(Struct, frozen=True):
    """Guarded: one decision for a consent token."""

    decision: records.ConsentDecision


class AddLineage(Struct, frozen=True):
    """Unguarded: its id is random."""

    lineage: records.Lineage


class AdvanceLineage(Struct, frozen=True):
    """Redeem or rotate, for the request `advanced_by`. Guarded: the head is still `generation`, and not revoked."""

    lineage_id: str
    generation: int
    rotated_at: int
    expires_at: int
    advanced_by: str


class RevokeLineage(Struct, frozen=True):
    """Idempotent: the first revocation stands."""

    lineage_id: str
    at: int


class RevokeAccessToken(Struct, frozen=True):
    """Idempotent: puts `jti` on the short list until the token expires by itself."""

    jti: str
    expires_at: int


class AuthorizeClient(Struct, frozen=True):
    """Idempotent: notes that a user has authorized this client, which so is never reaped."""

    client_id: str
    at: int


class AddSigningKey(Struct, frozen=True):
    """Guarded by the unique sequence number: of two processes that rotate at once, one wins."""

    key: records.SigningKeyRow


class RevokeSigningKey(Struct, frozen=True):
    """Idempotent: takes a key out of signing and verification everywhere."""

    kid: str
    at: int


class ResealSigningKey(Struct, frozen=True):
    """Guarded: the private key is still sealed as `seen`. It is the same key, sealed under another server secret."""

    kid: str
    seen: str
    private_key: str


class RemoveExpired(Struct, frozen=True):
    """Deletes up to `limit` rows of `table` whose time has come before `before`; the predicate stands in the DELETE."""

    table: str
    before: int
    limit: int

    def leaves_some(self, rows: int) -> bool:
        """Whether more may be due, if it has deleted so many."""
        return rows >= self.limit


class RemoveLeftovers(Struct, frozen=True):
    """Deletes up to `limit` lineages of one removed client, and up to `limit` of its grants that have none any more."""

    limit: int
    table: str = "removed_clients"  # as clean-up names it in what it tells

    def leaves_some(self, rows: int) -> bool:
        """Whether more may be left, if it has deleted so many: another client's, at least."""
        return rows > 0


class RecordEvent(Struct, frozen=True):
    """Appends to the audit log."""

    event: records.AuditEvent


Change = (
    AddOrganization
    | AddUser
    | AddApiKey
    | RevokeApiKey
    | AddClient
    | ReplaceClient
    | RemoveClient
    | AddGrant
    | ReplaceGrant
    | RevokeGrant
    | AddConsentDecision
    | AddLineage
    | AdvanceLineage
    | RevokeLineage
    | RevokeAccessToken
    | AuthorizeClient
    | PeopleChange
    | AddExternalIdentity
    | AddSigningKey
    | RevokeSigningKey
    | ResealSigningKey
    | RemoveExpired
    | RemoveLeftovers
    | RecordEvent
)
