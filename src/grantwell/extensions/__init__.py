"""What goes beyond the seed, one RFC a line."""

from grantwell.extensions.revocation import REVOCATION
from grantwell.extensions.sessions import SESSIONS

EXTENSIONS = (
    REVOCATION,
    SESSIONS,
)
