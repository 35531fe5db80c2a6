"""What a person has allowed, together with the apps that it was allowed to."""

from grantwell.storage.statements.columns import statement
from grantwell.storage.statements.grants import LAST_USED_AT, PAGE

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
    FROM {page}
    LEFT JOIN clients AS client ON client.client_id = standing.client_id
    ORDER BY standing.created_at DESC, standing.grant_id DESC""",
    last_used_at=LAST_USED_AT,
    page=PAGE,
)
