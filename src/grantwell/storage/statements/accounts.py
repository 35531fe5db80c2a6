"""Organizations, users, API keys, sessions, signing keys and the audit log."""

from grantwell.storage.statements.columns import statement

ORGANIZATION_BY_NAME = statement(
    "organization_by_name",
    "SELECT {organization} FROM organizations AS organization WHERE organization.name = :name",
)

FIRST_ORGANIZATION = statement(
    "first_organization", "SELECT org_id FROM organizations ORDER BY created_at, org_id LIMIT 1"
)

ADD_ORGANIZATION = statement(
    "add_organization", "INSERT INTO organizations ({organization.names}) VALUES ({organization.values})"
)

ANY_USER = statement("any_user", "SELECT user_id FROM users LIMIT 1")
ANY_CLIENT = statement("any_client", "SELECT 1 AS one FROM clients LIMIT 1")

USER_BY_EMAIL = statement(
    "user_by_email", "SELECT {person} FROM users AS person WHERE person.email_folded = :email_folded"
)

USERS = statement(
    "users",
    """SELECT {person}, {organization} FROM users AS person
    JOIN organizations AS organization ON organization.org_id = person.org_id
    ORDER BY person.created_at, person.user_id""",
)

ADD_USER = statement(
    "add_user", "INSERT INTO users ({person.names}, email_folded) VALUES ({person.values}, :email_folded)"
)

API_KEY = statement(
    "api_key",
    """SELECT {api_key}, {person} FROM api_keys AS api_key
    JOIN users AS person ON person.user_id = api_key.user_id WHERE api_key.key_hash = :key_hash""",
)

API_KEYS = statement(
    "api_keys",
    """SELECT {api_key} FROM api_keys AS api_key
    WHERE CAST(:org_id AS TEXT) IS NULL OR api_key.org_id = :org_id
    ORDER BY api_key.created_at, api_key.api_key_id""",
)

ADD_API_KEY = statement("add_api_key", "INSERT INTO api_keys ({api_key.names}) VALUES ({api_key.values})")

REVOKE_API_KEY = statement(
    "revoke_api_key",
    """UPDATE api_keys SET revoked_at = :at
    WHERE api_key_id = :api_key_id AND org_id = :org_id AND revoked_at IS NULL""",
)

SESSION = statement(
    "session",
    """SELECT {session}, {person} FROM sessions AS session
    JOIN users AS person ON person.user_id = session.user_id WHERE session.session_hash = :session_hash""",
)

ADD_SESSION = statement("add_session", "INSERT INTO sessions ({session.names}) VALUES ({session.values})")

END_SESSION = statement(
    "end_session", "UPDATE sessions SET ended_at = :at WHERE session_id = :session_id AND ended_at IS NULL"
)

SIGNING_KEYS = statement(
    "signing_keys", "SELECT {signing_key} FROM signing_keys AS signing_key ORDER BY signing_key.sequence"
)

ADD_SIGNING_KEY = statement(
    "add_signing_key", "INSERT INTO signing_keys ({signing_key.names}) VALUES ({signing_key.values})"
)

REVOKE_SIGNING_KEY = statement(
    "revoke_signing_key", "UPDATE signing_keys SET revoked_at = :at WHERE kid = :kid AND revoked_at IS NULL"
)

RESEAL_SIGNING_KEY = statement(
    "reseal_signing_key",
    "UPDATE signing_keys SET private_key = :private_key WHERE kid = :kid AND private_key = :seen",
)

# The newest come first, so that LIMIT cuts off the oldest; the look-up turns them round.
AUDIT_EVENTS = statement(
    "audit_events",
    """SELECT {event} FROM audit_events AS event WHERE event.at >= :after
    ORDER BY event.at DESC, event.event_id DESC LIMIT :limit""",
)

RECORD_EVENT = statement("record_event", "INSERT INTO audit_events ({event.names}) VALUES ({event.values})")

SCHEMA_VERSION = statement("schema_version", "SELECT version_num FROM schema_version")
