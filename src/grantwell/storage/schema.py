"""The tables of this release, as a fresh database gets them: TEXT and BIGINT only, valid on SQLite and PostgreSQL.

Times are epoch seconds, booleans 0 or 1, lists JSON text that is never queried inside. Every change here needs a
migration beside it in `migrations/`, and a new VERSION; a test compares the two ways to the same tables.
"""

from grantwell.storage.schema_indexes import INDEXES

VERSION = "0003"
VERSION_TABLE = "schema_version"

# Alembic keeps `version_num`. A migration that takes away what an older release needs writes to `usable_from` the first
# version whose statements do without it.
CREATE_VERSION_TABLE = (
    f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} "
    "(version_num TEXT NOT NULL PRIMARY KEY, usable_from TEXT NOT NULL DEFAULT '0001')"
)

TABLES = (
    """CREATE TABLE organizations (
        org_id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    """CREATE TABLE users (
        user_id TEXT NOT NULL PRIMARY KEY,
        org_id TEXT NOT NULL,
        email TEXT NOT NULL,
        email_folded TEXT NOT NULL,
        password_hash TEXT,
        role TEXT NOT NULL,
        enabled BIGINT NOT NULL,
        valid_after BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    """CREATE TABLE api_keys (
        api_key_id TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL,
        org_id TEXT NOT NULL,
        name TEXT NOT NULL,
        key_hash TEXT NOT NULL,
        capabilities TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        revoked_at BIGINT,
        last_used_at BIGINT
    )""",
    """CREATE TABLE clients (
        client_id TEXT NOT NULL PRIMARY KEY,
        org_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        client_type TEXT NOT NULL,
        origin TEXT NOT NULL,
        token_endpoint_auth_method TEXT NOT NULL,
        allowed_scopes TEXT NOT NULL,
        allowed_grant_types TEXT NOT NULL,
        grant_type_mask BIGINT NOT NULL,
        redirect_uris TEXT NOT NULL,
        require_pkce BIGINT NOT NULL,
        logo_uri TEXT,
        policy_uri TEXT,
        tos_uri TEXT,
        verified BIGINT NOT NULL,
        enabled BIGINT NOT NULL,
        valid_after BIGINT NOT NULL,
        secret_hash TEXT,
        secret_last_used_at BIGINT,
        older_secret_hash TEXT,
        older_secret_expires_at BIGINT,
        older_secret_last_used_at BIGINT,
        revision BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        last_used_at BIGINT,
        authorized_at BIGINT,
        introspection TEXT
    )""",
    """CREATE TABLE grants (
        grant_id TEXT NOT NULL PRIMARY KEY,
        org_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        scopes TEXT NOT NULL,
        consented TEXT NOT NULL,
        revision BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        revoked_at BIGINT
    )""",
    # `kept_until` is when clean-up may take the row: the code's expiry, and from its redemption on `ends_at`. Since a
    # rotation leaves it as it is, and no other changing column is indexed, PostgreSQL can rotate in place (HOT).
    """CREATE TABLE lineages (
        lineage_id TEXT NOT NULL PRIMARY KEY,
        grant_id TEXT NOT NULL,
        org_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        scopes TEXT NOT NULL,
        resource TEXT NOT NULL,
        redirect_uri TEXT NOT NULL,
        code_challenge TEXT,
        code_challenge_method TEXT,
        salt TEXT NOT NULL,
        key_id TEXT NOT NULL,
        generation BIGINT NOT NULL,
        rotated_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        kept_until BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        revoked_at BIGINT,
        advanced_by TEXT
    )""",
    """CREATE TABLE consent_decisions (
        consent_id TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        allowed BIGINT NOT NULL,
        lineage_id TEXT,
        decided_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    )""",
    """CREATE TABLE revoked_tokens (
        jti TEXT NOT NULL PRIMARY KEY,
        expires_at BIGINT NOT NULL
    )""",
    """CREATE TABLE sessions (
        session_id TEXT NOT NULL PRIMARY KEY,
        session_hash TEXT NOT NULL,
        user_id TEXT NOT NULL,
        org_id TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ended_at BIGINT,
        address TEXT,
        user_agent TEXT,
        last_used_at BIGINT
    )""",
    """CREATE TABLE signing_keys (
        kid TEXT NOT NULL PRIMARY KEY,
        sequence BIGINT NOT NULL,
        alg TEXT NOT NULL,
        private_key TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        activates_at BIGINT NOT NULL,
        revoked_at BIGINT
    )""",
    """CREATE TABLE audit_events (
        event_id TEXT NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        org_id TEXT NOT NULL,
        actor TEXT NOT NULL,
        credential TEXT NOT NULL,
        subject TEXT NOT NULL,
        request_id TEXT NOT NULL,
        address TEXT NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL
    )""",
    # Removed, and not yet all that stood on them: see `RemoveLeftovers`.
    """CREATE TABLE removed_clients (
        client_id TEXT NOT NULL PRIMARY KEY
    )""",
    # What was sent and refused at the protocol's endpoints, for a day and at most so many: see `protocol/refusals`.
    """CREATE TABLE refused_requests (
        reference TEXT NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        client_id TEXT NOT NULL,
        operation TEXT NOT NULL,
        error TEXT NOT NULL,
        reason TEXT NOT NULL,
        description TEXT NOT NULL,
        redirect_uri TEXT,
        sent TEXT NOT NULL
    )""",
    # Whom somebody who signs in at another provider stands for; the key is a hash of issuer and subject.
    """CREATE TABLE external_identities (
        identity_id TEXT NOT NULL PRIMARY KEY,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        user_id TEXT NOT NULL,
        org_id TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
)

CREATE_ALL = (CREATE_VERSION_TABLE, *TABLES, *INDEXES)
