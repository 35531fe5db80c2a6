"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Where the server keeps everything (GRANTWELL_DATA_DIR)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Organization = Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this organization.")]
