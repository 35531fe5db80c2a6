"""`grantwell move`."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from grantwell import app
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, print_table, tell
from grantwell.settings import Settings, load_settings
from grantwell.storage.move import Source
from grantwell.storage.move import move as move_all
from grantwell.storage.postgresql_connection import name_of


def move(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The database to move to: postgresql://...")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Move everything from SQLite to PostgreSQL, while no server is running. A move that was interrupted goes on."""
    settings = load_settings(data_dir=data_dir)
    if settings.sqlite_path is None:
        raise Failure("this moves from SQLite: GRANTWELL_DATABASE_URL names another database already")
    if not to.startswith(("postgresql://", "postgres://")):
        raise typer.BadParameter("must be like postgresql://USER:PASSWORD@HOST/NAME", param_hint="--to")
    facts = _move(Path(settings.sqlite_path), to, show=not as_json and sys.stderr.isatty())
    tell(facts, _words(settings, to), as_json=as_json)
    if not as_json:
        print_table(facts["tables"], ("table", "rows"))


def _move(path: Path, url: str, *, show: bool) -> dict[str, Any]:
    source = Source(path)
    try:
        with _progress(2 * sum(table.rows for table in source.tables), show=show) as progress:
            asyncio.run(move_all(source, url, progress))
        tables = [{"table": table.name, "rows": table.rows} for table in source.tables]
        return {"from": str(path), "to": name_of(url), "tables": tables}
    finally:
        source.close()


@contextlib.contextmanager
def _progress(total: int, *, show: bool) -> Iterator[Callable[[str, int], None]]:
    """A bar for people: each row is copied, and then compared."""
    from rich.console import Console  # noqa: PLC0415 - only people need it
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), disable=not show, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda table, rows: bar.update(task, advance=rows, description=table)


def _words(settings: Settings, url: str) -> str:
    own = settings.data_dir.resolve() / app.SECRET_FILE
    secret = "the same GRANTWELL_SECRET" if settings.secret is not None else f"GRANTWELL_SECRET_FILE={own}"
    return (
        f"Everything is in the {name_of(url)}, and was compared row by row. Start the server there with "
        f"GRANTWELL_DATABASE_URL and {secret}. The SQLite database is as it was: start no server on it any more."
    )
