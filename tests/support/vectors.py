"""Test vectors are data: one JSON file a subject, and this one loader that makes parameters of them."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "vectors"


def vectors(subject: str) -> list[Any]:
    """The vectors of a subject, each named by its source and its own name."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / f"{subject}.json").read_text())
    return [pytest.param(row, id=f"{row['source']}, {row['name']}") for row in rows]
