"""The indexes of this release's tables; a change here needs a migration, as one in `schema` does."""

INDEXES = (
    "CREATE UNIQUE INDEX organizations_by_name ON organizations (name)",
    "CREATE INDEX organizations_in_order ON organizations (created_at, org_id)",
    "CREATE UNIQUE INDEX users_by_email ON users (email_folded)",
    "CREATE INDEX users_in_order ON users (org_id, email_folded, role, enabled)",
    "CREATE INDEX users_administering ON users (org_id, role, enabled)",
    "CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash)",
    "CREATE INDEX api_keys_in_order ON api_keys (user_id, created_at, api_key_id)",
    "CREATE INDEX clients_in_order ON clients (org_id, created_at, client_id)",
    "CREATE INDEX clients_chosen_in_order ON clients "
    "(org_id, created_at, client_id, client_type, verified, grant_type_mask, name_folded, name)",
    "CREATE INDEX clients_never_authorized ON clients (created_at) "
    "WHERE origin = 'registration' AND authorized_at IS NULL",
    # At most one living grant for a user and client.
    "CREATE UNIQUE INDEX grants_living ON grants (user_id, client_id) WHERE revoked_at IS NULL",
    "CREATE INDEX grants_in_order ON grants (user_id, created_at, grant_id)",
    "CREATE INDEX grants_living_in_order ON grants (user_id, created_at, grant_id, client_id) WHERE revoked_at IS NULL",
    "CREATE INDEX grants_by_client ON grants (client_id)",
    "CREATE INDEX grants_revoked ON grants (revoked_at) WHERE revoked_at IS NOT NULL",
    "CREATE INDEX lineages_by_grant ON lineages (grant_id)",
    "CREATE INDEX lineages_by_end ON lineages (kept_until)",
    "CREATE INDEX consent_decisions_by_end ON consent_decisions (expires_at)",
    "CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at)",
    "CREATE UNIQUE INDEX sessions_by_hash ON sessions (session_hash)",
    "CREATE INDEX sessions_by_end ON sessions (expires_at)",
    "CREATE INDEX sessions_in_order ON sessions (user_id, created_at, session_id)",
    "CREATE UNIQUE INDEX signing_keys_in_order ON signing_keys (sequence)",
    "CREATE INDEX audit_events_in_order ON audit_events (at, event_id)",
    "CREATE INDEX audit_events_of_organization ON audit_events (org_id, at, event_id)",
    "CREATE INDEX audit_events_by_kind ON audit_events (org_id, kind, at, event_id)",
    "CREATE INDEX audit_events_by_actor ON audit_events (org_id, actor, at, event_id)",
    "CREATE INDEX audit_events_by_subject ON audit_events (org_id, subject, at, event_id)",
    "CREATE INDEX audit_events_by_request ON audit_events (org_id, request_id, at, event_id)",
    "CREATE INDEX audit_events_by_reason ON audit_events (org_id, reason, at, event_id) WHERE reason <> ''",
    "CREATE INDEX refused_requests_in_order ON refused_requests (client_id, at, reference)",
    "CREATE INDEX refused_requests_by_end ON refused_requests (at, reference)",
)
