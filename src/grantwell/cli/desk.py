"""Where an operator works: the database, opened beside a server that may be using it, and the rules' circumstances."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from grantwell import app
from grantwell.cli.output import Failure
from grantwell.protocol.changes import Change
from grantwell.protocol.context import Context
from grantwell.protocol.records import Organization, User
from grantwell.protocol.store import Backend, Conflict
from grantwell.settings import Settings, load_settings

Result = TypeVar("Result")
ACTOR = "cli"


class Desk(Struct, frozen=True):
    """What every command works with."""

    settings: Settings
    backend: Backend
    context: Context

    async def apply(self, *changes: Change) -> None:
        """Make the changes, all or none. Raises Failure for a lost race, and StorageUnavailable."""
        try:
            await self.backend.apply(changes)
        except Conflict:
            raise Failure("somebody else changed this at the same moment: look, and try again") from None

    def moment(self) -> Context:
        """The circumstances as they are now: hashing a password takes its time."""
        return replace(self.context, now=int(time.time()))

    async def user(self, email: str) -> User:
        """The user of an email address. Raises Failure."""
        user = await self.backend.user_by_email(email)
        if user is None:
            raise Failure(f"there is no user {email}: see grantwell users list")
        return user

    async def organization(self, name: str) -> Organization:
        """The organization of that name. Raises Failure."""
        organization = await self.backend.organization_by_name(name)
        if organization is None:
            known = sorted({each.name for _, each in await self.backend.users()})
            raise Failure(f"there is no organization {name}: there are {', '.join(known) or 'none yet'}")
        return organization

    async def chosen(self, name: str | None) -> str | None:
        """The id of the organization that a list is narrowed to; None is all. Raises Failure."""
        return None if name is None else (await self.organization(name)).org_id


async def let_pass(second: int) -> None:
    """Wait until the second has come, before which everything issued has ended: what is issued next is to live."""
    await asyncio.sleep(min(max(second - time.time(), 0), 1))


def at_desk(
    data_dir: Path | None, work: Callable[[Desk], Awaitable[Result]], *, makes_database: bool = False
) -> Result:
    """Do some work on the database, beside a server that may be running, and let go of it.

    Raises what the work does, SettingsError, CannotOpen, and Failure where there is no database that a command could
    read, unless it is one that `makes_database`.
    """
    settings = load_settings(data_dir=data_dir)
    path = settings.sqlite_path
    if path is not None and not makes_database and not Path(path).exists():
        raise Failure(f"there is no database at {path}: start the server first, or name its --data-dir")
    return asyncio.run(_work(settings, work))


async def _work(settings: Settings, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    backend = await app.open_backend(settings, lock=False)
    try:
        context = app.operator_context(app.server_of(settings))
        return await work(Desk(settings, backend, context))
    finally:
        await backend.close()
