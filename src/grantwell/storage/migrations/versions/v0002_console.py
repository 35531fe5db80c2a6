"""What the console and the pages need besides. Only additions: the release before works on."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
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
    """CREATE TABLE removed_clients (
        client_id TEXT NOT NULL PRIMARY KEY
    )""",
    """CREATE TABLE external_identities (
        identity_id TEXT NOT NULL PRIMARY KEY,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        user_id TEXT NOT NULL,
        org_id TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
)

COLUMNS = (
    "ALTER TABLE clients ADD COLUMN introspection TEXT",
    "ALTER TABLE sessions ADD COLUMN address TEXT",
    "ALTER TABLE sessions ADD COLUMN user_agent TEXT",
    "ALTER TABLE sessions ADD COLUMN last_used_at BIGINT",
)

INDEXES = (
    "CREATE INDEX grants_living_in_order ON grants (user_id, created_at, grant_id, client_id) WHERE revoked_at IS NULL",
    "CREATE INDEX sessions_in_order ON sessions (user_id, created_at, session_id)",
    "CREATE INDEX api_keys_in_order ON api_keys (user_id, created_at, api_key_id)",
    "CREATE INDEX clients_chosen_in_order ON clients "
    "(org_id, created_at, client_id, client_type, verified, grant_type_mask, name_folded, name)",
    "CREATE INDEX users_administering ON users (org_id, role, enabled)",
    "CREATE INDEX users_in_order ON users (org_id, email_folded, role, enabled)",
    "CREATE INDEX refused_requests_in_order ON refused_requests (client_id, at, reference)",
    "CREATE INDEX refused_requests_by_end ON refused_requests (at, reference)",
    "CREATE INDEX organizations_in_order ON organizations (created_at, org_id)",
    "CREATE INDEX audit_events_of_organization ON audit_events (org_id, at, event_id)",
    "CREATE INDEX audit_events_by_kind ON audit_events (org_id, kind, at, event_id)",
    "CREATE INDEX audit_events_by_actor ON audit_events (org_id, actor, at, event_id)",
    "CREATE INDEX audit_events_by_subject ON audit_events (org_id, subject, at, event_id)",
    "CREATE INDEX audit_events_by_request ON audit_events (org_id, request_id, at, event_id)",
    "CREATE INDEX audit_events_by_reason ON audit_events (org_id, reason, at, event_id) WHERE reason <> ''",
)


def upgrade() -> None:
    """Make the new tables and columns, and their indexes.

    An index may take long, but holds up only who writes to its table. A column takes no time, but until the end holds
    up whoever so much as reads: so these come last.
    """
    for statement in (*TABLES, *INDEXES, *COLUMNS):
        op.execute(statement)
