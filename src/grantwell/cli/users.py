"""`grantwell users`: the people who own clients, give consent and administer."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from grantwell.cli.desk import ACTOR, Desk, at_desk, let_pass
from grantwell.cli.options import DataDir, Json, refuse_name
from grantwell.cli.output import Failure, lines, tell, tell_rows, when
from grantwell.protocol.accounts import (
    account_events,
    change_role,
    change_user,
    new_api_key,
    new_organization,
    new_password,
    new_user,
)
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.records import Role, User
from grantwell.settings.readers import read_email, read_password

group = typer.Typer(help="People: create, list, disable, enable, set-password, set-role.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's email address.")]
Password = Annotated[
    str | None, typer.Option(help="The password; `-` reads it from standard input. One is made if none is given.")
]
Roles = Annotated[
    Role | None, typer.Option(metavar="admin|member", help="Default: admin in a new organization, else member.")
]


@group.command()
def create(
    organization: Annotated[str, typer.Option(metavar="NAME", help="Its name; made if it is not there.")],
    email: Annotated[str, typer.Option(help="The email address to sign in with.")],
    password: Password = None,
    role: Roles = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a user with an API key, and the organization if it is not there. Works beside a running server."""
    refuse_name("--organization", organization)
    address = _read("--email", read_email, email)
    given = _given_password(password)

    async def work(desk: Desk) -> dict[str, Any]:
        return await _create(desk, organization, address, given, role)

    facts = at_desk(data_dir, work, makes_database=True)
    tell(facts, f"{lines(facts)}\nKeep the API key: it is not shown again.", as_json=as_json)


async def _create(desk: Desk, name: str, email: str, given: str | None, role: Role | None) -> dict[str, Any]:
    if await desk.backend.user_by_email(email):
        raise Failure(f"there is a user {email} already")
    known = await desk.backend.organization_by_name(name)
    founded = new_organization(name, desk.context)
    organization = known or founded.organization
    password = given or new_password(desk.context)
    added = new_user(
        organization, email, hash_password(password), role or ("member" if known else "admin"), desk.context
    )
    key, secret = new_api_key(added.user, "first key", desk.context)
    changes = (added, key) if known else (founded, added, key)
    await desk.apply(*changes, *account_events(changes, desk.context))
    facts = {
        "user_id": added.user.user_id,
        "org_id": organization.org_id,
        "organization": organization.name,
        "email": email,
        "role": added.user.role,
        "api_key_id": key.api_key.api_key_id,
        "api_key": secret,
    }
    return facts if given else {**facts, "password": password}


@group.command("list")
def list_users(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List all users."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [{**_shown(user), "organization": each.name} for user, each in await desk.backend.users()]

    columns = ("email", "organization", "role", "enabled", "user_id", "created_at")
    tell_rows("users", at_desk(data_dir, work), columns, as_json=as_json)


@group.command()
def disable(email: Email, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Keep a user out: sign-in, API keys, sessions and tokens end at once."""
    user = at_desk(data_dir, lambda desk: _change(desk, email, "user.disabled", {"enabled": False}))
    tell(_shown(user), f"{user.email} is disabled, and everything issued until now has ended.", as_json=as_json)


@group.command()
def enable(email: Email, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Let a disabled user in again. What was issued before stays ended."""
    user = at_desk(data_dir, lambda desk: _change(desk, email, "user.enabled", {"enabled": True}))
    tell(_shown(user), f"{user.email} is enabled.", as_json=as_json)


@group.command("set-password")
def set_password(email: Email, password: Password = None, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Give a user another password; sessions and tokens end at once, API keys stay."""
    given = _given_password(password)

    async def work(desk: Desk) -> tuple[User, str]:
        chosen = given or new_password(desk.context)
        hashed = {"password_hash": hash_password(chosen)}
        return await _change(desk, email, "user.password_changed", hashed), chosen

    user, chosen = at_desk(data_dir, work)
    facts = _shown(user) if given else {**_shown(user), "password": chosen}
    words = "." if given else f": {chosen}\nIt is not shown again."
    tell(facts, f"{user.email} has a new password{words}", as_json=as_json)


@group.command("set-role")
def set_role(
    email: Email,
    role: Annotated[Role, typer.Argument(metavar="admin|member", help="What the user is from now on.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a user an administrator of the organization, or a member, at once. Nobody is signed out."""

    async def work(desk: Desk) -> User:
        replaced, event = change_role(await desk.user(email), role, desk.moment(), actor=ACTOR)
        await desk.apply(replaced, event)
        return replaced.user

    user = at_desk(data_dir, work)
    tell(_shown(user), f"{user.email} is {'an administrator' if role == 'admin' else 'a member'} now.", as_json=as_json)


async def _change(desk: Desk, email: str, kind: str, fields: dict[str, Any]) -> User:
    """Change a user, and end what was issued until now."""
    replaced, event = change_user(await desk.user(email), kind, desk.moment(), actor=ACTOR, **fields)
    await desk.apply(replaced, event)
    await let_pass(replaced.user.valid_after)
    return replaced.user


def _shown(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "org_id": user.org_id,
        "email": user.email,
        "role": user.role,
        "enabled": user.enabled,
        "created_at": when(user.created_at),
    }


def _given_password(option: str | None) -> str | None:
    """The password of an option, which does not stand in the list of processes if standard input has it."""
    text = sys.stdin.readline().rstrip("\r\n") if option == "-" else option
    return None if text is None else _read("--password", read_password, text)


def _read(option: str, reader: Callable[[object], str], text: str) -> str:
    try:
        return reader(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
