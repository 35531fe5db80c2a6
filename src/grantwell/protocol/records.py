"""What is remembered. Times are epoch seconds; a field that ends in `_at` or `_after` holds one."""

from typing import Literal

from msgspec import Struct

ClientType = Literal["confidential", "public"]
Origin = Literal["management", "registration"]
Role = Literal["member", "admin"]
IntrospectionReach = Literal["own"]  # its own tokens are all that a client may learn of; else its organization's
GRANT_TYPE_NAMES = ("authorization_code", "client_credentials", "refresh_token")
CAPABILITIES = ("clients", "grants", "consent", "introspect")

# The organization that owns clients which registered themselves (RFC 7591); nobody is a member of it.
REGISTERED_ORG_ID = "org_registered"


class Organization(Struct, frozen=True, gc=False):
    """Who owns clients and employs users."""

    org_id: str
    name: str
    created_at: int


class User(Struct, frozen=True, gc=False):
    """A person, as resource owner and as administrator. `user_id` becomes `sub`, so it never looks like a client id."""

    user_id: str
    org_id: str
    email: str
    password_hash: str | None
    role: Role
    enabled: bool
    valid_after: int
    created_at: int


class ApiKey(Struct, frozen=True):
    """A user's key for the management operations. Only its SHA-256 is kept."""

    api_key_id: str
    user_id: str
    org_id: str
    name: str
    key_hash: str
    capabilities: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


class AuthenticatingClient(Struct, frozen=True):
    """What decides about a client that presents itself (RFC 6749 section 2.3): the part of it that tokens cost.

    `valid_after` ends everything that was issued to it before.
    """

    client_id: str
    org_id: str
    client_type: ClientType
    origin: Origin
    allowed_scopes: tuple[str, ...]
    allowed_grant_types: tuple[str, ...]
    require_pkce: bool
    enabled: bool
    valid_after: int
    secret_hash: str | None
    older_secret_hash: str | None
    older_secret_expires_at: int | None
    introspection: IntrospectionReach | None
    secret_last_used_at: int | None
    last_used_at: int | None


class Client(AuthenticatingClient, frozen=True):
    """A client (RFC 6749 section 2). It may hold two live secrets, so that rotating one needs no outage.

    `origin` says how it came to be: made through the management API, or registered by itself (RFC 7591).
    """

    user_id: str
    name: str
    token_endpoint_auth_method: str
    redirect_uris: tuple[str, ...]
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    verified: bool
    older_secret_last_used_at: int | None
    revision: int
    created_at: int
    updated_at: int
    authorized_at: int | None


class Consented(Struct, frozen=True):
    """What was once allowed within a grant: these scopes at this resource, as the client then described itself."""

    resource: str
    scopes: tuple[str, ...]
    metadata_digest: str


class Grant(Struct, frozen=True):
    """A resource owner's standing permission for one client (the API's `oauth_grant`); never an authorization code."""

    grant_id: str
    org_id: str
    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    consented: tuple[Consented, ...]
    revision: int
    created_at: int
    revoked_at: int | None


class Lineage(Struct, frozen=True):
    """One approval and all that was bought with it: a code, then one refresh token after the other.

    `generation` numbers the head: 0 is the unredeemed code. `rotated_at` is when the head came to be, and
    `advanced_by` the request that brought it. `expires_at` is the head's end, `ends_at` the end of them all.
    """

    lineage_id: str
    grant_id: str
    org_id: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    resource: str
    redirect_uri: str
    code_challenge: str | None
    code_challenge_method: str | None
    salt: str
    key_id: str
    generation: int
    rotated_at: int
    expires_at: int
    ends_at: int
    created_at: int
    revoked_at: int | None
    advanced_by: str | None = None


class ConsentDecision(Struct, frozen=True, gc=False):
    """What a user answered to one consent token. One row a decision, kept until the token has expired."""

    consent_id: str
    user_id: str
    client_id: str
    allowed: bool
    lineage_id: str | None
    decided_at: int
    expires_at: int


class Session(Struct, frozen=True, gc=False):
    """A person's sign-in at our own pages, with the browser's address and name. Of its secret only a hash is kept."""

    session_id: str
    session_hash: str
    user_id: str
    org_id: str
    created_at: int
    expires_at: int
    ended_at: int | None
    address: str | None = None
    user_agent: str | None = None
    last_used_at: int | None = None


class SigningKeyRow(Struct, frozen=True, gc=False):
    """A signing key at rest: the private key encrypted, everything else in clear."""

    kid: str
    sequence: int
    alg: str
    private_key: str
    created_at: int
    activates_at: int
    revoked_at: int | None


class AuditEvent(Struct, frozen=True, gc=False):
    """One line of the audit log: who did what to whom, with which credential; never a secret, token or `state`."""

    event_id: str
    at: int
    kind: str
    org_id: str
    actor: str
    credential: str
    subject: str
    request_id: str
    address: str
    reason: str
    detail: str
