"""Look-ups and guarded changes of many callers as one PostgreSQL statement each.

A look-up of one row becomes a look-up for each of the rows asked for, planned as if it stood alone; a change becomes
one UPDATE of all the rows, which says whose guard held.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from grantwell.storage.statement import Statement
from grantwell.storage.statements import tokens

_PLACE = re.compile(r"\$(\d+)")


class Together(NamedTuple):
    """A statement for many. Its parameters are arrays, one for each parameter of `statement`.

    Its rows begin with whose they are: a place in the arrays, from 1.
    """

    name: str
    postgresql: str
    statement: Statement


def _look_up(statement: Statement) -> Together:
    """All parameters are TEXT. OFFSET 0 keeps the planner from joining whole tables to what is asked."""
    numbers = range(1, len(statement.parameters) + 1)
    arrays = ", ".join(f"${number}::text[]" for number in numbers)
    names = ", ".join(f"p{number}" for number in numbers)
    each = _PLACE.sub(r"asked.p\1", statement.postgresql)
    text = (
        f"SELECT asked.place, found.* FROM unnest({arrays}) "  # noqa: S608 - of our own statements
        f"WITH ORDINALITY AS asked({names}, place) CROSS JOIN LATERAL ({each} OFFSET 0) AS found"
    )
    return Together(f"{statement.name}_together", text, statement)


LOOK_UPS = {
    statement.name: _look_up(statement)
    for statement in (
        tokens.AUTHENTICATING_CLIENT,
        tokens.REDEMPTION,
        tokens.INTROSPECTION,
        tokens.CLIENT_TOKEN_INTROSPECTION,
    )
}

assert tokens.ADVANCE_LINEAGE.parameters == ("rotated_at", "expires_at", "advanced_by", "lineage_id", "generation")
_ADVANCES = (
    "unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[]) "
    "WITH ORDINALITY AS asked(rotated_at, expires_at, advanced_by, lineage_id, generation, place)"
)
ADVANCE_LINEAGES = Together(
    "advance_lineage_together",
    "UPDATE lineages SET generation = lineages.generation + 1, rotated_at = asked.rotated_at, "  # noqa: S608 - as above
    f"expires_at = asked.expires_at, advanced_by = asked.advanced_by, kept_until = lineages.ends_at FROM {_ADVANCES} "
    "WHERE lineages.lineage_id = asked.lineage_id AND lineages.generation = asked.generation "
    "AND lineages.revoked_at IS NULL RETURNING asked.place",
    tokens.ADVANCE_LINEAGE,
)
# Locks the rows that nobody holds, and says whose they are; it waits for none.
FREE_LINEAGES = Together(
    "free_lineages",
    f"SELECT asked.place FROM {_ADVANCES} CROSS JOIN LATERAL ("  # noqa: S608 - as above
    "SELECT 1 FROM lineages WHERE lineage_id = asked.lineage_id FOR NO KEY UPDATE SKIP LOCKED) AS held",
    tokens.ADVANCE_LINEAGE,
)
# PostgreSQL sees by itself that what is kept for a rotation is not changed: both kinds go together.
CHANGES = {tokens.ADVANCE_LINEAGE.name: ADVANCE_LINEAGES, tokens.ROTATE_LINEAGE.name: ADVANCE_LINEAGES}
assert tokens.ROTATE_LINEAGE.parameters == tokens.ADVANCE_LINEAGE.parameters
# For each of these, what finds the rows that are free.
FREE_ROWS = {ADVANCE_LINEAGES.name: FREE_LINEAGES}


def arrays_of(values: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """The callers' values, parameter by parameter."""
    return tuple(list(column) for column in zip(*values, strict=True))


def in_order_of_rows(together: Together, values: Sequence[tuple[Any, ...]]) -> tuple[list[int], tuple[list[Any], ...]]:
    """Each caller's place, and the arrays.

    The rows are touched in the order of their keys, so that two processes never wait for each other.
    """
    key = together.statement.parameters.index("lineage_id")
    order = sorted(range(len(values)), key=lambda number: values[number][key])
    places = [0] * len(values)
    for place, number in enumerate(order, 1):
        places[number] = place
    return places, arrays_of([values[number] for number in order])
