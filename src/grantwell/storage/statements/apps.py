"""What a person has allowed, together with the apps that it was allowed to."""

from grantwell.storage.statements.columns import statement
from grantwell.storage.statements.grants import HAS_CLIENT, LAST_USED_AT

APP = statement(
    "app",
    """SELECT {standing}, {client}, {last_used_at} FROM grants AS standing
    JOIN clients AS client ON client.client_id = standing.client_id
    WHERE standing.grant_id = :grant_id AND standing.user_id = :user_id AND standing.revoked_at IS NULL""",
    last_used_at=LAST_USED_AT,
)

# What stands on a removed client is neither counted nor shown.
APPS = statement(
    "apps",
    """SELECT total.number, {standing}, {client}, {last_used_at}
    FROM (SELECT COUNT(*) AS number FROM grants AS standing
        WHERE standing.user_id = :user_id AND standing.revoked_at IS NULL AND {has_client}) AS total
    LEFT JOIN (SELECT {standing} FROM grants AS standing
        WHERE standing.user_id = :user_id AND standing.revoked_at IS NULL AND {has_client}
        ORDER BY standing.created_at DESC, standing.grant_id DESC LIMIT :limit OFFSET :offset) AS standing ON 1 = 1
    LEFT JOIN clients AS client ON client.client_id = standing.client_id
    ORDER BY standing.created_at DESC, standing.grant_id DESC""",
    last_used_at=LAST_USED_AT,
    has_client=HAS_CLIENT.format(grants="standing"),
)
