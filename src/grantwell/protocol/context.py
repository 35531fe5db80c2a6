"""The circumstances of a decision: which server, when, who is calling, and where randomness comes from."""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

from grantwell.protocol.changes import RecordEvent
from grantwell.protocol.encoding import encode_base64url
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.keys import KeySet
from grantwell.protocol.numbers import NOTHING_COUNTED, Counted
from grantwell.protocol.records import AuditEvent, Role
from grantwell.protocol.server_secrets import ServerSecrets

CallerKind = Literal["anyone", "api_key", "client", "session"]
Registration = Literal["open", "token", "off"]


class Scope(Struct, frozen=True):
    """One entry of the scope catalogue (RFC 6749 section 3.3), with the words that a person reads."""

    id: str
    name: str
    description: str


class Server(Struct, frozen=True):
    """This authorization server, as its metadata would describe it, and its policies. Durations are in seconds."""

    issuer: str
    base: str
    consent_url: str
    scopes: tuple[Scope, ...]
    scope_ids: tuple[str, ...]
    management_scope: str
    registration: Registration
    registration_scopes: tuple[str, ...]
    default_resource: str
    resources: tuple[str, ...]
    allow_plain_pkce: bool
    access_token_seconds: int
    code_seconds: int
    consent_token_seconds: int
    refresh_token_seconds: int
    lineage_seconds: int
    retry_seconds: int
    session_seconds: int
    session_token_seconds: int
    jwks_max_age: int
    key_policy: KeyPolicy
    secrets: ServerSecrets
    grant_types: tuple[str, ...]
    endpoints: tuple[tuple[str, str], ...]
    metadata: tuple[tuple[str, tuple[str, ...]], ...]
    password_sign_in: bool = True
    login_link_by_email: bool = False
    login_sign_up: str | None = None

    def url(self, path: str) -> str:
        """The absolute address of a path under the API's base."""
        return self.base + path


class Caller(Struct, frozen=True):
    """Who is calling, and with which rights: those of the kind of credential first, then its scopes.

    For a client, `user_id` and `role` are those of the user who made it: a client never has more than its maker.
    `scopes` bounds what a client's token may hand on; None is no bound.
    """

    kind: CallerKind
    user_id: str
    org_id: str
    role: Role
    capabilities: tuple[str, ...]
    credential: str
    client_id: str = ""
    scopes: tuple[str, ...] | None = None


NOBODY = Caller("anyone", "", "", "member", (), "")


async def _nothing_counted() -> Counted:
    return NOTHING_COUNTED


class Context(Struct, frozen=True):
    """The circumstances of one request. `now` is read once, so that all expiries of an answer agree.

    `counted` tells what the serving processes have counted of their requests.
    """

    server: Server
    keys: KeySet
    now: int
    entropy: Callable[[int], bytes]
    request_id: str
    address: str
    caller: Caller = NOBODY
    counted: Callable[[], Awaitable[Counted]] = _nothing_counted

    def identifier(self) -> str:
        """A fresh UUID (RFC 9562, version 4) in text."""
        raw = bytearray(self.entropy(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token_identifier(self) -> str:
        """128 fresh random bits in 22 characters."""
        return encode_base64url(self.entropy(16))

    def record(
        self,
        kind: str,
        *,
        subject: str = "",
        org_id: str = "",
        actor: str = "",
        credential: str = "",
        reason: str = "",
        detail: str = "",
    ) -> RecordEvent:
        """An event for the audit log, applied with the change that it tells of. `kind` is like `client.created`."""
        who = self.caller
        return RecordEvent(
            AuditEvent(
                event_id=self.identifier(),
                at=self.now,
                kind=kind,
                org_id=org_id or who.org_id,
                actor=actor or who.client_id or who.user_id,
                credential=credential or who.credential,
                subject=subject,
                request_id=self.request_id,
                address=self.address,
                reason=reason,
                detail=detail,
            )
        )
