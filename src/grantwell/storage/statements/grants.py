"""Grants and consent."""

from grantwell.storage.statements.columns import statement

CONSENT = statement(
    "consent",
    """SELECT {client}, {person}, {standing}, {decision}, {lineage}
    FROM {base}
    LEFT JOIN clients AS client ON client.client_id = :client_id
    LEFT JOIN users AS person ON person.user_id = :user_id
    LEFT JOIN grants AS standing ON standing.user_id = :user_id AND standing.client_id = :client_id
        AND standing.revoked_at IS NULL
    LEFT JOIN consent_decisions AS decision ON decision.consent_id = :consent_id
    LEFT JOIN lineages AS lineage ON lineage.lineage_id = decision.lineage_id""",
)

# A lineage's code that was never redeemed is no use.
LAST_USED_AT = """(SELECT MAX(lineages.rotated_at) FROM lineages
    WHERE lineages.grant_id = standing.grant_id AND lineages.generation > 0) AS last_used_at"""

# Its client may have been removed, and it not yet.
HAS_CLIENT = "EXISTS (SELECT 1 FROM clients WHERE clients.client_id = {grants}.client_id)"

GRANT = statement(
    "grant",
    """SELECT {standing}, {last_used_at} FROM grants AS standing
    WHERE standing.grant_id = :grant_id AND standing.user_id = :user_id AND standing.revoked_at IS NULL
    AND {has_client}""",
    last_used_at=LAST_USED_AT,
    has_client=HAS_CLIENT.format(grants="standing"),
)

GRANTS = statement(
    "grants",
    """SELECT total.number, {standing}, {last_used_at}
    FROM (SELECT COUNT(*) AS number FROM grants AS standing
        WHERE standing.user_id = :user_id AND standing.revoked_at IS NULL AND {has_client}) AS total
    LEFT JOIN (SELECT {standing} FROM grants AS standing
        WHERE standing.user_id = :user_id AND standing.revoked_at IS NULL AND {has_client}
        ORDER BY standing.created_at DESC, standing.grant_id DESC LIMIT :limit OFFSET :offset) AS standing ON 1 = 1
    ORDER BY standing.created_at DESC, standing.grant_id DESC""",
    last_used_at=LAST_USED_AT,
    has_client=HAS_CLIENT.format(grants="standing"),
)

# Selected from the client, so that there is no grant for a client that has just been removed.
ADD_GRANT = statement(
    "add_grant",
    """INSERT INTO grants ({standing.names})
    SELECT CAST(:grant_id AS TEXT), CAST(:org_id AS TEXT), CAST(:user_id AS TEXT), clients.client_id,
    CAST(:scopes AS TEXT), CAST(:consented AS TEXT), CAST(:revision AS BIGINT), CAST(:created_at AS BIGINT),
    CAST(:revoked_at AS BIGINT) FROM clients WHERE clients.client_id = :client_id""",
)

REPLACE_GRANT = statement(
    "replace_grant",
    """UPDATE grants SET scopes = :scopes, consented = :consented, revision = revision + 1
    WHERE grant_id = :grant_id AND revision = :seen AND revoked_at IS NULL""",
)

REVOKE_GRANT = statement(
    "revoke_grant", "UPDATE grants SET revoked_at = :at WHERE grant_id = :grant_id AND revoked_at IS NULL"
)

ADD_CONSENT_DECISION = statement(
    "add_consent_decision", "INSERT INTO consent_decisions ({decision.names}) VALUES ({decision.values})"
)
