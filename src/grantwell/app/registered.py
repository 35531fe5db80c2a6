"""Everything that is registered: the seed, and what extensions add to it."""

from grantwell.extensions import EXTENSIONS
from grantwell.operations import OPERATIONS
from grantwell.operations.token import EXCHANGE_TOKEN, exchange_token
from grantwell.protocol.grant_types import GRANT_TYPES

ALL_GRANT_TYPES = (*GRANT_TYPES, *(grant_type for extension in EXTENSIONS for grant_type in extension.grant_types))
ALL_OPERATIONS = (
    *(exchange_token(ALL_GRANT_TYPES) if operation is EXCHANGE_TOKEN else operation for operation in OPERATIONS),
    *(operation for extension in EXTENSIONS for operation in extension.operations),
)
