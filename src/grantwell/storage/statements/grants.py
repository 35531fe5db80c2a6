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

# Its client may have been removed, and it not yet. Of such clients there are few, and mostly none.
HAS_CLIENT = "NOT EXISTS (SELECT 1 FROM removed_clients AS gone WHERE gone.client_id = {grants}.client_id)"

GRANT = statement(
    "grant",
    """SELECT {standing}, {last_used_at} FROM grants AS standing
    WHERE standing.grant_id = :grant_id AND standing.user_id = :user_id AND standing.revoked_at IS NULL
    AND {has_client}""",
    last_used_at=LAST_USED_AT,
    has_client=HAS_CLIENT.format(grants="standing"),
)

# A user's living grants, counted and cut in an index alone, and then those of the page.
_THEIRS = f"grants.user_id = :user_id AND grants.revoked_at IS NULL AND {HAS_CLIENT.format(grants='grants')}"
PAGE = f"""(SELECT COUNT(*) AS number FROM grants WHERE {_THEIRS}) AS total
    LEFT JOIN (SELECT grants.grant_id FROM grants WHERE {_THEIRS}
        ORDER BY grants.created_at DESC, grants.grant_id DESC LIMIT :limit OFFSET :offset) AS found ON 1 = 1
    LEFT JOIN grants AS standing ON standing.grant_id = found.grant_id"""  # noqa: S608 - made of our own words

GRANTS = statement(
    "grants",
    """SELECT total.number, {standing}, {last_used_at}
    FROM {page}
    ORDER BY standing.created_at DESC, standing.grant_id DESC""",
    last_used_at=LAST_USED_AT,
    page=PAGE,
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
