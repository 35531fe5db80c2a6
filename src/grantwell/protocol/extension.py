"""What goes beyond the seed: an RFC is one file and one line in `EXTENSIONS`."""

from msgspec import Struct

from grantwell.protocol.operation import Operation
from grantwell.protocol.token_request import GrantType


class Extension(Struct, frozen=True):
    """What one file adds. `metadata` are further entries of the server's metadata (RFC 8414 section 2)."""

    name: str
    operations: tuple[Operation, ...] = ()
    grant_types: tuple[GrantType, ...] = ()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()
