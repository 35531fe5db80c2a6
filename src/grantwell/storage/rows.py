"""Record to row and back. A record's columns bear its fields' names, in its fields' order."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import asdict

from grantwell.protocol.external_records import ExternalIdentity
from grantwell.protocol.records import (
    GRANT_TYPE_NAMES,
    ApiKey,
    AuditEvent,
    AuthenticatingClient,
    Client,
    ConsentDecision,
    Grant,
    Lineage,
    Organization,
    Session,
    SigningKeyRow,
    User,
)
from grantwell.protocol.refused_request import RefusedRequest

Row = Sequence[Any]
Record = TypeVar("Record", bound=Struct)

_encoder = Encoder()


class Rows(Generic[Record]):
    """How the records of one type lie in rows: lists as JSON text, booleans as 0 and 1, all else as it is."""

    def __init__(self, record: type[Record]) -> None:
        """Find out from the record's annotations which fields need converting."""
        hints = get_type_hints(record)
        self.fields = record.__struct_fields__
        self.width = len(self.fields)
        self._record = record
        self._lists = tuple(name for name in self.fields if get_origin(hints[name]) is tuple)
        self._decoders = tuple(
            (position, decode)
            for position, name in enumerate(self.fields)
            if (decode := _decoder(hints[name])) is not None
        )

    def read(self, row: Row, start: int = 0) -> Record:
        """The record whose columns begin at `start`."""
        values = list(row[start : start + self.width])
        for position, decode in self._decoders:
            values[position] = decode(values[position])
        return self._record(*values)

    def read_joined(self, row: Row, start: int = 0) -> Record | None:
        """The same where an outer join may have found nothing: then the key, which is first, is NULL."""
        return None if row[start] is None else self.read(row, start)

    def parameters(self, record: Record) -> dict[str, Any]:
        """Field names to the values that the database keeps."""
        values = asdict(record)
        for name in self._lists:
            values[name] = _encoder.encode(values[name]).decode()
        return {name: int(value) if value is True or value is False else value for name, value in values.items()}


def _decoder(hint: Any) -> Callable[[Any], Any] | None:
    if hint is bool:
        return bool
    return Decoder(hint).decode if get_origin(hint) is tuple else None


ORGANIZATION = Rows(Organization)
USER = Rows(User)
API_KEY = Rows(ApiKey)
CLIENT = Rows(Client)
AUTHENTICATING_CLIENT = Rows(AuthenticatingClient)
GRANT = Rows(Grant)
LINEAGE = Rows(Lineage)
CONSENT_DECISION = Rows(ConsentDecision)
SESSION = Rows(Session)
SIGNING_KEY = Rows(SigningKeyRow)
AUDIT_EVENT = Rows(AuditEvent)
REFUSED_REQUEST = Rows(RefusedRequest)
EXTERNAL_IDENTITY = Rows(ExternalIdentity)


@lru_cache(maxsize=1024)
def authenticating_client(row: tuple[Any, ...]) -> AuthenticatingClient:
    """The record of a row that was read just now. Remembered by all that is in it: an equal row is an equal record."""
    return AUTHENTICATING_CLIENT.read(row)


# A bit that no client has, for a grant type that the mask does not know.
UNKNOWN_GRANT_TYPE = 1 << 62


def grant_type_mask(grant_types: Sequence[str]) -> int:
    """One bit for each grant type that lists can be filtered by."""
    return sum(1 << bit for bit, name in enumerate(GRANT_TYPE_NAMES) if name in grant_types)


def kept_until(lineage: Lineage) -> int:
    """When clean-up may take the row. What was redeemed stays to its end, so that late replays are recognised."""
    return lineage.ends_at if lineage.generation else lineage.expires_at
