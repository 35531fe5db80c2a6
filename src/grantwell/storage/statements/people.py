"""Looking after people: users of an organization, their sessions and API keys."""

from grantwell.storage.statements.columns import statement
from grantwell.storage.statements.grants import HAS_CLIENT

USER = statement(
    "user", "SELECT {person} FROM users AS person WHERE person.user_id = :user_id AND person.org_id = :org_id"
)

# The casts give parameters a type where the first thing asked of them is whether they are NULL.
_CHOSEN = """person.org_id = :org_id
    AND (CAST(:email_pattern AS TEXT) IS NULL OR person.email_folded LIKE :email_pattern ESCAPE '!')
    AND (CAST(:role AS TEXT) IS NULL OR person.role = :role)
    AND (CAST(:enabled AS BIGINT) IS NULL OR person.enabled = :enabled)"""

USERS_OF = statement(
    "users_of",
    """SELECT total.number, {person}
    FROM (SELECT COUNT(*) AS number FROM users AS person WHERE {chosen}) AS total
    LEFT JOIN (SELECT {person}, person.email_folded FROM users AS person WHERE {chosen}
        ORDER BY person.email_folded LIMIT :limit OFFSET :offset) AS person ON 1 = 1
    ORDER BY person.email_folded""",
    chosen=_CHOSEN,
)

ADMINISTRATORS = statement(
    "administrators", "SELECT COUNT(*) FROM users WHERE org_id = :org_id AND role = 'admin' AND enabled = 1"
)

# What was opened before `valid_after` has ended, without anybody having written it down.
_LIVING_SESSION = """session.ended_at IS NULL AND session.expires_at > :now
    AND session.created_at >= person.valid_after"""

BELONGINGS = statement(
    "belongings",
    """SELECT
    (SELECT COUNT(*) FROM api_keys WHERE user_id = :user_id AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > :now)) AS api_keys,
    (SELECT COUNT(*) FROM sessions AS session JOIN users AS person ON person.user_id = session.user_id
        WHERE session.user_id = :user_id AND {living}) AS sessions,
    (SELECT COUNT(*) FROM grants WHERE user_id = :user_id AND revoked_at IS NULL AND {has_client}) AS grants""",
    living=_LIVING_SESSION,
    has_client=HAS_CLIENT.format(grants="grants"),
)

USER_SESSIONS = statement(
    "user_sessions",
    """SELECT total.number, {session}
    FROM (SELECT COUNT(*) AS number FROM sessions AS session JOIN users AS person ON person.user_id = session.user_id
        WHERE session.user_id = :user_id AND {living}) AS total
    LEFT JOIN (SELECT {session} FROM sessions AS session JOIN users AS person ON person.user_id = session.user_id
        WHERE session.user_id = :user_id AND {living}
        ORDER BY session.created_at DESC, session.session_id DESC LIMIT :limit OFFSET :offset) AS session ON 1 = 1
    ORDER BY session.created_at DESC, session.session_id DESC""",
    living=_LIVING_SESSION,
)

SESSION_BY_ID = statement(
    "session_by_id",
    """SELECT {session} FROM sessions AS session
    WHERE session.session_id = :session_id AND session.org_id = :org_id""",
)

USER_API_KEYS = statement(
    "user_api_keys",
    """SELECT total.number, {api_key}
    FROM (SELECT COUNT(*) AS number FROM api_keys WHERE user_id = :user_id) AS total
    LEFT JOIN (SELECT {api_key} FROM api_keys AS api_key WHERE api_key.user_id = :user_id
        ORDER BY api_key.created_at DESC, api_key.api_key_id DESC LIMIT :limit OFFSET :offset) AS api_key ON 1 = 1
    ORDER BY api_key.created_at DESC, api_key.api_key_id DESC""",
)

API_KEY_BY_ID = statement(
    "api_key_by_id",
    """SELECT {api_key} FROM api_keys AS api_key
    WHERE api_key.api_key_id = :api_key_id AND api_key.org_id = :org_id""",
)

# Guarded by what was seen, so that of two who change a user at once neither undoes what the other did.
REPLACE_USER = statement(
    "replace_user",
    """UPDATE users SET password_hash = :password_hash, role = :role, enabled = :enabled, valid_after = :valid_after
    WHERE user_id = :user_id AND role = :seen_role AND enabled = :seen_enabled AND valid_after = :seen_valid_after
    AND COALESCE(password_hash, '') = COALESCE(CAST(:seen_password_hash AS TEXT), '')""",
)

# Its row is held for the rest of the transaction: whoever else withdraws an administrator waits, and then counts anew.
HOLD_ORGANIZATION = statement("hold_organization", "UPDATE organizations SET name = name WHERE org_id = :org_id")

REQUIRE_ADMINISTRATOR = statement(
    "require_administrator",
    """UPDATE organizations SET name = name WHERE org_id = :org_id
    AND EXISTS (SELECT 1 FROM users WHERE users.org_id = :org_id AND users.role = 'admin' AND users.enabled = 1)""",
)

END_SESSIONS = statement(
    "end_sessions",
    "UPDATE sessions SET ended_at = :at WHERE user_id = :user_id AND ended_at IS NULL AND session_id <> :but",
)
