"""Does a database's schema fit this release?"""

from typing import Literal

from msgspec import Struct

from grantwell.storage.errors import SchemaMismatch
from grantwell.storage.schema import VERSION

State = Literal["empty", "current", "older", "newer", "foreign"]


class SchemaStatus(Struct, frozen=True):
    """What a database is stamped with (None: not at all), what this release needs, and how the two compare."""

    found: str | None
    needed: str
    state: State


def judge(found: str | None, has_tables: bool) -> SchemaStatus:
    """Versions are numbers of four digits, so text compares as they do."""
    return SchemaStatus(found, VERSION, _state(found, has_tables))


def _state(found: str | None, has_tables: bool) -> State:
    if found is None:
        return "foreign" if has_tables else "empty"
    if len(found) != len(VERSION) or not (found.isascii() and found.isdecimal()):
        return "foreign"
    if found == VERSION:
        return "current"
    return "older" if found < VERSION else "newer"


def require_current(status: SchemaStatus) -> None:
    """Raise SchemaMismatch, saying what to do, unless the schema is this release's own."""
    match status.state:
        case "older" | "empty":
            raise SchemaMismatch(
                f"the database's schema is {status.found or 'missing'}, and this release needs {status.needed}: "
                "run `grantwell migrate`"
            )
        case "newer":
            raise SchemaMismatch(
                f"the database's schema is {status.found}, from a newer release; this one knows up to "
                f"{status.needed}: run the newer release"
            )
        case "foreign":
            raise SchemaMismatch("this is not a Grantwell database: it has tables, but no schema version of ours")
        case "current":
            return
