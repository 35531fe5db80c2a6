"""Clients: managing, listing, and what becomes of those that are removed."""

from grantwell.storage.statements.columns import statement

MANAGED_CLIENT = statement(
    "managed_client",
    "SELECT {client} FROM clients AS client WHERE client.client_id = :client_id AND client.org_id = :org_id",
)

# The casts give parameters a type where the first thing asked of them is whether they are NULL.
_CHOSEN = """client.org_id = :org_id
    AND (CAST(:client_type AS TEXT) IS NULL OR client.client_type = :client_type)
    AND (CAST(:verified AS BIGINT) IS NULL OR client.verified = :verified)
    AND (CAST(:grant_type_mask AS BIGINT) IS NULL OR client.grant_type_mask & :grant_type_mask <> 0)
    AND (CAST(:name AS TEXT) IS NULL OR client.name = :name)
    AND (CAST(:name_pattern AS TEXT) IS NULL OR client.name_folded LIKE :name_pattern ESCAPE '!')
    AND (CAST(:client_id AS TEXT) IS NULL OR client.client_id = :client_id)"""

# What is chosen by is all in one index, so that counting and skipping 100,000 clients reads none of them; the few that
# are shown are fetched by their ids.
CLIENTS = statement(
    "clients",
    """SELECT total.number, {client}
    FROM (SELECT COUNT(*) AS number FROM clients AS client WHERE {chosen}) AS total
    LEFT JOIN (SELECT {client}
        FROM (SELECT client.client_id AS shown_id FROM clients AS client WHERE {chosen}
            ORDER BY client.created_at DESC, client.client_id DESC LIMIT :limit OFFSET :offset) AS shown
        JOIN clients AS client ON client.client_id = shown.shown_id) AS client ON 1 = 1
    ORDER BY client.created_at DESC, client.client_id DESC""",
    chosen=_CHOSEN,
)

ALL_CLIENTS = statement(
    "all_clients",
    "SELECT {client} FROM clients AS client ORDER BY client.created_at DESC, client.client_id DESC LIMIT :limit",
)

ADD_CLIENT = statement(
    "add_client",
    """INSERT INTO clients ({client.names}, name_folded, grant_type_mask)
    VALUES ({client.values}, :name_folded, :grant_type_mask)""",
)

# What others write beside stays: `authorized_at`, and last uses, each with its secret, also when that becomes the older
# one; those of a secret that is new here begin as they are given.
REPLACE_CLIENT = statement(
    "replace_client",
    """UPDATE clients SET user_id = :user_id, name = :name, name_folded = :name_folded, client_type = :client_type,
    token_endpoint_auth_method = :token_endpoint_auth_method, allowed_scopes = :allowed_scopes,
    allowed_grant_types = :allowed_grant_types, grant_type_mask = :grant_type_mask, redirect_uris = :redirect_uris,
    require_pkce = :require_pkce, logo_uri = :logo_uri, policy_uri = :policy_uri, tos_uri = :tos_uri,
    verified = :verified, enabled = :enabled, valid_after = :valid_after,
    secret_last_used_at = CASE WHEN secret_hash = :secret_hash THEN secret_last_used_at
        ELSE :secret_last_used_at END,
    secret_hash = :secret_hash,
    older_secret_last_used_at = CASE WHEN older_secret_hash = :older_secret_hash THEN older_secret_last_used_at
        WHEN secret_hash = :older_secret_hash THEN secret_last_used_at ELSE :older_secret_last_used_at END,
    older_secret_hash = :older_secret_hash, older_secret_expires_at = :older_secret_expires_at,
    revision = revision + 1, updated_at = :updated_at
    WHERE client_id = :client_id AND org_id = :org_id AND revision = :seen""",
)

AUTHORIZE_CLIENT = statement(
    "authorize_client",
    "UPDATE clients SET authorized_at = :at WHERE client_id = :client_id AND authorized_at IS NULL",
)

REMOVE_CLIENT = statement("remove_client", "DELETE FROM clients WHERE client_id = :client_id AND org_id = :org_id")

NOTE_REMOVAL = statement(
    "note_removal", "INSERT INTO removed_clients (client_id) VALUES (:client_id) ON CONFLICT (client_id) DO NOTHING"
)
