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
from grantwell.storage.sqlite_backup import partial_of
from grantwell.storage.versions import SchemaStatus

# A newer release's schema that this one can work with ("ahead") is as good as its own.
USABLE = ("current", "ahead")
# What lies beside an open database, and is as much in use as the database itself.
BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
SQLITE_MAGIC = b"SQLite format 3\0"


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
    if found.state == "ahead":
        return (
            f"{name}: its schema is {found.found}, from a newer release; this one, of {found.needed}, can serve on it."
        )
    came = "is up to date" if before.state in USABLE else f"was brought up to date from {before.found or 'nothing'}"
    return f"{name}: the schema {found.needed} {came}."


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; an earlier backup is replaced.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Copy one moment of the database to a file, beside a running server. The server's secret is not in it."""

    async def work(desk: Desk) -> dict[str, Any]:
        if not isinstance(desk.backend, SqliteBackend):
            raise Failure("this copies SQLite only: for PostgreSQL there is pg_dump --format=custom")
        try:
            _require_replaceable(path, _in_use(desk.settings))
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


def _in_use(settings: Settings) -> list[Path]:
    """The files that a server lives on."""
    named = Path(settings.sqlite_path or "")
    # SQLite puts its own files beside what a link leads to, and we our lock beside the link.
    files = [Path(f"{place}{ending}") for place in (named, named.resolve()) for ending in BESIDE]
    return [*files, settings.data_dir / app.SECRET_FILE]


def _require_replaceable(path: Path, in_use: list[Path]) -> None:
    """Refuse a target whose loss would be more than that of an earlier backup. Raises Failure and OSError."""
    for each in in_use:
        if _same(path, each) or _same(partial_of(path), each):
            raise Failure(f"{path} is a file that the server needs ({each}): name another one for the backup")
    if path.is_file():
        with path.open("rb") as file:
            begins = file.read(len(SQLITE_MAGIC))
        # A secret may lie anywhere, and so may settings.
        if begins and begins != SQLITE_MAGIC:
            raise Failure(f"{path} is there, and no backup: remove it, or name another file")


def _same(one: Path, other: Path) -> bool:
    """Whether two names are one file's, or will be."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
