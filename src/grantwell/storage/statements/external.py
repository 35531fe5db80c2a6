"""People who sign in at another provider."""

from grantwell.storage.statements.columns import statement

EXTERNAL_IDENTITY = statement(
    "external_identity",
    """SELECT {person}, {namesake}, {organization} FROM {base}
    LEFT JOIN external_identities AS identity ON identity.identity_id = :identity_id
    LEFT JOIN users AS person ON person.user_id = identity.user_id
    LEFT JOIN users AS namesake ON namesake.email_folded = :email_folded
    LEFT JOIN organizations AS organization ON organization.name = :organization""",
)

ADD_EXTERNAL_IDENTITY = statement(
    "add_external_identity",
    "INSERT INTO external_identities ({identity.names}) VALUES ({identity.values})",
)
