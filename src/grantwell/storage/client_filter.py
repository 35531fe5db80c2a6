"""What lists are narrowed to, as the parameters of the statements that list."""

from typing import Any

from grantwell.protocol.records import GRANT_TYPE_NAMES
from grantwell.protocol.store import ClientFilter
from grantwell.storage.rows import UNKNOWN_GRANT_TYPE, grant_type_mask

# Both databases count in 64 bits.
_LARGEST = 2**63 - 1

# SQLite takes no longer pattern, in bytes. No name is nearly as long, so it finds nothing.
LONGEST_PATTERN = 50_000


def page_parameters(offset: int, limit: int) -> dict[str, Any]:
    """Where the page begins and how long it is; behind the last row there is nothing, however far behind."""
    return {"offset": min(offset, _LARGEST), "limit": min(limit, _LARGEST)}


def filter_parameters(chosen: ClientFilter) -> dict[str, Any]:
    """NULL is no bound."""
    pattern = None if chosen.name_contains is None else contains(chosen.name_contains)
    mask = None if chosen.grant_type is None else _mask(chosen.grant_type)
    if pattern is not None and len(pattern.encode()) > LONGEST_PATTERN:
        pattern, mask = None, UNKNOWN_GRANT_TYPE
    return {
        "client_type": chosen.client_type,
        "verified": None if chosen.verified is None else int(chosen.verified),
        "grant_type_mask": mask,
        "name": chosen.name,
        "name_pattern": pattern,
        "client_id": chosen.client_id,
    }


def _mask(grant_type: str) -> int:
    return grant_type_mask([grant_type]) if grant_type in GRANT_TYPE_NAMES else UNKNOWN_GRANT_TYPE


def contains(text: str) -> str:
    """A LIKE pattern, with `!` as its escape, for a folded column that contains `text` in any case."""
    return "%" + text.casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
