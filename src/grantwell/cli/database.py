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
from grantwell.storage.migrate import status
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
    if settings.sqlite_path is None:
        raise Failure("this release migrates SQLite only")
    path = Path(settings.sqlite_path)
    before = status(path)
    if not check and before.state not in USABLE:
        asyncio.run(_upgrade(settings))
    found = status(path)
    facts = {"database": str(path), "found": before.found, "needed": found.needed, "state": found.state}
    tell(facts, _words(path, before, found), as_json=as_json)
    if found.state not in USABLE:
        raise typer.Exit(1)


async def _upgrade(settings: Settings) -> None:
    """Whoever opens a database to serve it brings it up to date."""
    backend = await app.open_backend(settings, lock=True)
    await backend.close()


def _words(path: Path, before: SchemaStatus, found: SchemaStatus) -> str:
    if found.state not in USABLE:
        return (
            f"{path}: its schema is {found.found or 'missing'} ({found.state}), and this release needs {found.needed}."
        )
    came = "is up to date" if before.state in USABLE else f"was brought up to date from {before.found or 'nothing'}"
    return f"{path}: the schema {found.needed} {came}."


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; one that is there is replaced.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Copy one moment of the database to a file, beside a running server. The server's secret is not in it."""

    async def work(desk: Desk) -> dict[str, Any]:
        if not isinstance(desk.backend, SqliteBackend):
            raise Failure("this copies SQLite only: on PostgreSQL use pg_dump")
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
