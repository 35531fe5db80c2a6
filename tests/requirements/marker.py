"""What is required of the server, as data, and the mark of the tests that prove it.

A row's id is the name of its file and its own name. A row with a `divergence` is one that we do not meet, on purpose;
the divergence says why, and its tests show what happens instead.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent


class Requirement(NamedTuple):
    """One required behaviour. `source` is an RFC and section, or the part of the API that asks for it."""

    id: str
    source: str
    text: str
    divergence: str = ""


@cache
def requirements() -> dict[str, Requirement]:
    """All rows by id."""
    found = {}
    for path in sorted(HERE.glob("*.toml")):
        for name, row in tomllib.loads(path.read_text()).items():
            found[f"{path.stem}.{name}"] = Requirement(f"{path.stem}.{name}", **row)
    return found


def requirement(identifier: str) -> pytest.MarkDecorator:
    """The mark of a test that proves a row. Raises KeyError where there is no such row."""
    return pytest.mark.requirement(requirements()[identifier].id)
