"""What a command says: one JSON object for programs, or text for people."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from grantwell.protocol.timestamps import rfc3339

# Wider than any row: what goes to a file or a pipe is not wrapped.
PIPE_WIDTH = 4096


class Failure(Exception):
    """A command cannot do what it was asked; the text says why, and what would help."""


def tell(data: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print the data, or else the text."""
    sys.stdout.write(f"{to_json(data)}\n" if as_json else f"{text}\n")
    sys.stdout.flush()


def tell_rows(name: str, rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, as_json: bool) -> None:
    """Print all of each row under one name, or else a table of some columns."""
    if as_json:
        tell({name: rows}, "", as_json=True)
    elif rows:
        print_table(rows, columns)
    else:
        sys.stdout.write(f"No {name.replace('_', ' ')} yet.\n")


def print_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> None:
    """Print a table; names are shown as they are, whatever markup they look like."""
    from rich.console import Console  # noqa: PLC0415 - only people need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " ").upper(), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row[column])) for column in columns))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def lines(facts: Mapping[str, Any]) -> str:
    """Facts, one a line."""
    width = max(map(len, facts)) + 2
    return "\n".join(f"{name.replace('_', ' ').ljust(width)}{_cell(value)}" for name, value in facts.items())


def when(seconds: int | None) -> str | None:
    """A time as the API writes it."""
    return None if seconds is None else rfc3339(seconds)


def to_json(data: Any) -> str:
    """One line of JSON."""
    return msgspec.json.encode(data).decode()
