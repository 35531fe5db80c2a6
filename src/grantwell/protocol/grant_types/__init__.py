"""The grant types, one file each; the list is what the token endpoint and the metadata know."""

from grantwell.protocol.grant_types.authorization_code import AUTHORIZATION_CODE
from grantwell.protocol.grant_types.client_credentials import CLIENT_CREDENTIALS
from grantwell.protocol.grant_types.refresh_token import REFRESH_TOKEN

GRANT_TYPES = (CLIENT_CREDENTIALS, AUTHORIZATION_CODE, REFRESH_TOKEN)
