"""What goes beyond the seed, one RFC a line."""

from grantwell.extensions.inspection import INSPECTION
from grantwell.extensions.revocation import REVOCATION
from grantwell.extensions.sessions import SESSIONS
from grantwell.extensions.signing_keys import SIGNING_KEYS

EXTENSIONS = (
    INSPECTION,
    REVOCATION,
    SESSIONS,
    SIGNING_KEYS,
)
