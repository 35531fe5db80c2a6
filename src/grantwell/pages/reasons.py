"""What every reason code means: `docs/reasons.md`, taken apart once, for the pages that explain them.

There is one such document. A wheel brings it along as `reasons.md`; a checkout has it in `docs/`.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

IN_A_CHECKOUT = Path(__file__).resolve().parents[3] / "docs" / "reasons.md"
ROW = re.compile(r"\|(.*)\|")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: words, or code."""

    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One code: what its caller is answered, what it means, whose fault that is, and what to do about it."""

    code: str
    section: str
    answer: tuple[Part, ...]
    meaning: tuple[Part, ...]
    fault: tuple[Part, ...]
    remedy: tuple[Part, ...]


def reason_for(code: str) -> Reason | None:
    """What a code means; None for one that there is not."""
    return all_reasons().get(code)


@cache
def all_reasons() -> dict[str, Reason]:
    """Every reason by its code, in the order of the document."""
    packaged = files("grantwell.pages").joinpath("reasons.md")
    text = packaged.read_text("utf-8") if packaged.is_file() else IN_A_CHECKOUT.read_text("utf-8")
    return read_reasons(text)


def read_reasons(document: str) -> dict[str, Reason]:
    """The rows of the document's tables, each under the heading above it. A row may tell of several codes."""
    found: dict[str, Reason] = {}
    section = ""
    for line in document.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip()
        cells = _cells(line)
        for code in CODE.findall(cells[0]) if cells else ():
            found[code] = Reason(code, section, *(_parts(cell) for cell in cells[1:]))
    return found


def _cells(line: str) -> list[str]:
    row = ROW.fullmatch(line.strip())
    # A pipe in code is written with a backslash.
    cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row[1])] if row else []
    return cells if len(cells) == 5 else []


def _parts(cell: str) -> tuple[Part, ...]:
    pieces = LINK.sub(r"\1", cell).split("`")
    return tuple(Part(text, bool(n % 2)) for n, text in enumerate(pieces) if text)
