"""What the token path asks and does: each look-up is one statement, each change touches one row."""

from grantwell.storage.statements.columns import statement

CLIENT = statement("client", "SELECT {client} FROM clients AS client WHERE client.client_id = :client_id")

AUTHENTICATING_CLIENT = statement(
    "authenticating_client", "SELECT {caller} FROM clients AS caller WHERE caller.client_id = :client_id"
)

# A grant that is gone counts as revoked, at 0.
_GRANT_REVOKED_AT = """CASE WHEN lineage.lineage_id IS NOT NULL AND standing.grant_id IS NULL THEN 0
    ELSE standing.revoked_at END AS grant_revoked_at"""

REDEMPTION = statement(
    "redemption",
    """SELECT {caller}, {lineage}, {grant_revoked_at}, {person}
    FROM {base}
    LEFT JOIN clients AS caller ON caller.client_id = :client_id
    LEFT JOIN lineages AS lineage ON lineage.lineage_id = :lineage_id
    LEFT JOIN grants AS standing ON standing.grant_id = lineage.grant_id
    LEFT JOIN users AS person ON person.user_id = lineage.user_id""",
    grant_revoked_at=_GRANT_REVOKED_AT,
)

_CLIENT_COLUMNS = """client.org_id AS client_org_id, client.user_id AS client_user_id, client.client_type,
    client.origin AS client_origin, client.enabled AS client_enabled, client.valid_after AS client_valid_after,
    owner.role AS owner_role, owner.enabled AS owner_enabled"""

# In the order of the fields of TokenFacts.
_COLUMNS = f"""{_CLIENT_COLUMNS},
    person.org_id AS user_org_id, person.role AS user_role, person.enabled AS user_enabled,
    person.valid_after AS user_valid_after,
    lineage.lineage_id, lineage.revoked_at AS lineage_revoked_at, {_GRANT_REVOKED_AT},
    session.user_id AS session_user_id, session.expires_at AS session_expires_at,
    session.ended_at AS session_ended_at, revoked.jti AS revoked_jti,
    client.introspection AS client_introspection"""

_CLIENT_JOINS = """LEFT JOIN clients AS client ON client.client_id = :client_id
    LEFT JOIN users AS owner ON owner.user_id = client.user_id"""
_REVOKED_JOIN = "LEFT JOIN revoked_tokens AS revoked ON revoked.jti = :jti"

_JOINS = f"""{_CLIENT_JOINS}
    LEFT JOIN users AS person ON person.user_id = :subject
    LEFT JOIN lineages AS lineage ON lineage.lineage_id = :lineage_id
    LEFT JOIN grants AS standing ON standing.grant_id = lineage.grant_id
    LEFT JOIN sessions AS session ON session.session_id = :session_id
    {_REVOKED_JOIN}"""

TOKEN = statement(
    "token",
    "SELECT {columns} FROM {base} {joins}",
    columns=_COLUMNS,
    joins=_JOINS,
)

INTROSPECTION = statement(
    "introspection",
    """SELECT {caller}, {columns} FROM {base}
    LEFT JOIN clients AS caller ON caller.client_id = :caller_id {joins}""",
    columns=_COLUMNS,
    joins=_JOINS,
)

# The same for what a client got for itself, which names no person: nothing is looked for that cannot be there.
CLIENT_TOKEN_INTROSPECTION = statement(
    "client_token_introspection",
    """SELECT {caller}, {columns}, revoked.jti AS revoked_jti, client.introspection AS client_introspection
    FROM {base} LEFT JOIN clients AS caller ON caller.client_id = :caller_id {client_joins} {revoked_join}""",
    columns=_CLIENT_COLUMNS,
    client_joins=_CLIENT_JOINS,
    revoked_join=_REVOKED_JOIN,
)

# Which server secrets' keys are still asked for, how often, and until when at the latest.
LINEAGES_BY_SECRET = statement(
    "lineages_by_secret",
    """SELECT key_id, COUNT(*) AS number, MAX(kept_until) AS kept_until FROM lineages
    WHERE revoked_at IS NULL AND kept_until > :now GROUP BY key_id ORDER BY key_id""",
)

ADD_LINEAGE = statement(
    "add_lineage", "INSERT INTO lineages ({lineage.names}, kept_until) VALUES ({lineage.values}, :kept_until)"
)

_ADVANCE = """UPDATE lineages SET generation = generation + 1, rotated_at = :rotated_at, expires_at = :expires_at,
    advanced_by = :advanced_by{more}
    WHERE lineage_id = :lineage_id AND generation = :generation AND revoked_at IS NULL"""

# What a code's redemption has set stays. To set it again would make SQLite write a page of an index for nothing.
ROTATE_LINEAGE = statement("rotate_lineage", _ADVANCE, more="")
ADVANCE_LINEAGE = statement("advance_lineage", _ADVANCE, more=", kept_until = ends_at")

REVOKE_LINEAGE = statement(
    "revoke_lineage", "UPDATE lineages SET revoked_at = :at WHERE lineage_id = :lineage_id AND revoked_at IS NULL"
)

REVOKE_ACCESS_TOKEN = statement(
    "revoke_access_token",
    "INSERT INTO revoked_tokens (jti, expires_at) VALUES (:jti, :expires_at) ON CONFLICT (jti) DO NOTHING",
)
