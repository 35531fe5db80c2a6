"""The 17 operations of the API. The file is the path segment, the name the operation id."""

from grantwell.operations.authorize import AUTHORIZE
from grantwell.operations.consent import GET_CONSENT_TOKEN
from grantwell.operations.grants import CREATE_GRANT
from grantwell.operations.introspect import INTROSPECT_TOKEN
from grantwell.operations.jwks import GET_JWKS
from grantwell.operations.oauth_clients import CREATE_CLIENT, DELETE_CLIENT, GET_CLIENT, LIST_CLIENTS, UPDATE_CLIENT
from grantwell.operations.oauth_grants import GET_GRANT, LIST_GRANTS, REVOKE_GRANT
from grantwell.operations.register import REGISTER_CLIENT
from grantwell.operations.token import EXCHANGE_TOKEN
from grantwell.operations.well_known import GET_AUTHORIZATION_SERVER_METADATA, GET_PROTECTED_RESOURCE_METADATA

OPERATIONS = (
    GET_AUTHORIZATION_SERVER_METADATA,
    GET_PROTECTED_RESOURCE_METADATA,
    AUTHORIZE,
    GET_CONSENT_TOKEN,
    CREATE_GRANT,
    INTROSPECT_TOKEN,
    GET_JWKS,
    REGISTER_CLIENT,
    EXCHANGE_TOKEN,
    LIST_CLIENTS,
    CREATE_CLIENT,
    GET_CLIENT,
    UPDATE_CLIENT,
    DELETE_CLIENT,
    LIST_GRANTS,
    GET_GRANT,
    REVOKE_GRANT,
)
