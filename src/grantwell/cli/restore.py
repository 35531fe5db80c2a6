"""`grantwell restore`."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from grantwell import app
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, tell
from grantwell.protocol.key_life import key_set, living
from grantwell.protocol.keys import KeySet
from grantwell.protocol.records import SigningKeyRow
from grantwell.settings import Settings, load_settings
from grantwell.storage.database import data_dir_of
from grantwell.storage.sqlite_restore import restore as put_in_place
from grantwell.storage.sqlite_restore import signing_keys_of


def restore(
    backup: Annotated[Path, typer.Argument(metavar="PATH", help="What `grantwell backup` has written.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Put a backup in the database's place. The server must not be running; what was there is kept beside it."""
    settings = load_settings(data_dir=data_dir)
    if settings.sqlite_path is None:
        raise Failure("this restores SQLite only: for PostgreSQL there is pg_restore")
    if not backup.is_file():
        raise Failure(f"there is no file {backup}")
    _require_secret(settings, signing_keys_of(backup))
    data_dir_of(settings)
    path = Path(settings.sqlite_path)
    keep_as = path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    kept = put_in_place(backup, path, keep_as)
    facts = {"database": str(path), "backup": str(backup), "kept_as": str(keep_as) if kept else None}
    words = [f"{path} is as {backup} was. What was revoked since then works again: revoke it once more."]
    if kept:
        words.append(f"What was there is kept as {keep_as}.")
    tell(facts, "\n".join(words), as_json=as_json)


def _require_secret(settings: Settings, keys: list[SigningKeyRow]) -> None:
    """Refuse a database that no server could start on. Raises Failure."""
    own = settings.data_dir / app.SECRET_FILE
    if settings.secret is None and not own.exists():
        # A server would make a new one, which opens nothing.
        raise Failure(f"there is no server secret at {own}: put the one there that belongs to the backup")
    try:
        alive = living(keys, int(time.time()), app.key_policy(settings))
        key_set(alive, app.secrets_of(settings).signing_keys, KeySet(()))
    except ValueError as error:
        raise Failure(f"the backup belongs to another server secret: {error}") from None
