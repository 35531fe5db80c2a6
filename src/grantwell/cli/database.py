"""`grantwell migrate` and `grantwell backup`."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from grantwell import app
from grantwell.cli.desk import Desk, at_desk
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, tell
from grantwell.settings import Settings, load_settings
from grantwell.storage import database
from grantwell.storage.sqlite import SqliteBackend
from grantwell.storage.versions import SchemaStatus

# A newer release's schema that this one can work with ("ahead") is as good as its own.
USABLE = ("current", "ahead")


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only say; exit with 1 where something is to be done.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Bring the database's schema up to date. On SQLite `serve` does so by itself."""
    settings = load_settings(data_dir=data_dir)
    before, found = asyncio.run(_migrate(settings, check=check))
    name = database.name_of(settings)
    facts = {"database": name, "found": before.found, "needed": found.needed, "state": found.state}
    tell(facts, _words(name, before, found), as_json=as_json)
    if found.state not in USABLE:
        raise typer.Exit(1)


async def _migrate(settings: Settings, *, check: bool) -> tuple[SchemaStatus, SchemaStatus]:
    """The schema before and after."""
    before = await database.status_of(settings)
    if not check and before.state not in USABLE:
        await database.upgrade(settings)
    return before, await database.status_of(settings)


def _words(name: str, before: SchemaStatus, found: SchemaStatus) -> str:
    if found.state not in USABLE:
        return (
            f"{name}: its schema is {found.found or 'missing'} ({found.state}), and this release needs {found.needed}."
        )
    came = "is up to date" if before.state in USABLE else f"was brought up to date from {before.found or 'nothing'}"
    return f"{name}: the schema {found.needed} {came}."


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; one that is there is replaced.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Copy one moment of the database to a file, beside a running server. The server's secret is not in it."""

    async def work(desk: Desk) -> dict[str, Any]:
        if not isinstance(desk.backend, SqliteBackend):
            raise Failure("this copies SQLite only: for PostgreSQL there is pg_dump --format=custom")
        try:
            await desk.backend.backup(path)
        except OSError as error:
            raise Failure(f"cannot write {path}: {error.strerror}") from None
        own = desk.settings.secret is None
        secret = str(desk.settings.data_dir / app.SECRET_FILE) if own else None
        return {"backup": str(path), "bytes": path.stat().st_size, "secret_file": secret}

    facts = at_desk(data_dir, work)
    keep = facts["secret_file"] or "GRANTWELL_SECRET"
    words = f"{path} holds the whole database ({facts['bytes']} bytes). It is of use only with {keep}: keep that too."
    tell(facts, words, as_json=as_json)
