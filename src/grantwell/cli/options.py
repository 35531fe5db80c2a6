"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from grantwell.protocol.client_metadata import check_name

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Where the server keeps everything (GRANTWELL_DATA_DIR)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Organization = Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this organization.")]


def refuse_name(option: str, name: str) -> None:
    """Raise BadParameter for a name that people could not read."""
    for problem in check_name(option, name):
        raise typer.BadParameter(problem.message, param_hint=option)
