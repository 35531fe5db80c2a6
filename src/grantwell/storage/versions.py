"""Does a database's schema fit this release?"""

from typing import Literal

from msgspec import Struct

from grantwell.storage.errors import SchemaMismatch
from grantwell.storage.schema import VERSION

State = Literal["empty", "moving", "older", "current", "ahead", "newer", "foreign"]

# What a database is stamped with while another one is moved into it; that one's schema is named behind it.
MOVING = "moving "


class SchemaStatus(Struct, frozen=True):
    """What a database is stamped with (None: not at all), what this release needs, and how the two compare."""

    found: str | None
    needed: str
    state: State


def judge(found: str | None, has_tables: bool, usable_from: str | None = None) -> SchemaStatus:
    """Versions are numbers of four digits, so text compares as they do.

    `usable_from` is the oldest schema whose statements still work on the one that was found: while a release is rolled
    out, the one before it serves on.
    """
    return SchemaStatus(found, VERSION, _state(found, has_tables, usable_from))


def _state(found: str | None, has_tables: bool, usable_from: str | None) -> State:
    if found is None:
        return "foreign" if has_tables else "empty"
    if found.startswith(MOVING):
        return "moving"
    if len(found) != len(VERSION) or not (found.isascii() and found.isdecimal()):
        return "foreign"
    if found == VERSION:
        return "current"
    if found < VERSION:
        return "older"
    return "newer" if usable_from is None or usable_from > VERSION else "ahead"


def require_current(status: SchemaStatus) -> None:
    """Raise SchemaMismatch, saying what to do, unless this release can use the schema."""
    match status.state:
        case "older" | "empty":
            raise SchemaMismatch(
                f"the database's schema is {status.found or 'missing'}, and this release needs {status.needed}: "
                "run `grantwell migrate`"
            )
        case "moving":
            raise SchemaMismatch("another database is being moved into this one: run the same `grantwell move` again")
        case "newer":
            raise SchemaMismatch(
                f"the database's schema is {status.found}, from a newer release; this one knows up to "
                f"{status.needed}: run the newer release"
            )
        case "foreign":
            raise SchemaMismatch("this is not a Grantwell database: it has tables, but no schema version of ours")
        case "current" | "ahead":
            return
