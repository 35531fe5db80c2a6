"""`grantwell keys`: API keys of users."""

from typing import Annotated, Any

import typer

from grantwell.cli.desk import ACTOR, Desk, at_desk
from grantwell.cli.options import DataDir, Json, Organization, refuse_name
from grantwell.cli.output import Failure, lines, tell, tell_rows, when
from grantwell.protocol.accounts import account_events, new_api_key
from grantwell.protocol.capabilities import SIGN_IN_OTHERS
from grantwell.protocol.changes import RevokeApiKey
from grantwell.protocol.records import CAPABILITIES, ApiKey

DAY = 86400
KNOWN = (*CAPABILITIES, SIGN_IN_OTHERS)
group = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

Capabilities = Annotated[
    list[str] | None,
    typer.Option(
        "--capability",
        metavar="NAME",
        help=f"One of {', '.join(KNOWN)}; may be repeated. Default: all but {SIGN_IN_OTHERS}.",
    ),
]
Days = Annotated[int | None, typer.Option("--expires-in-days", min=1, max=36500, help="Default: never.")]


@group.command()
def create(
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Whose key it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "key",
    capability: Capabilities = None,
    expires_in_days: Days = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make an API key for a user."""
    if unknown := set(capability or ()) - set(KNOWN):
        words = f"there is no {', '.join(sorted(unknown))}: there are {', '.join(KNOWN)}"
        raise typer.BadParameter(words, param_hint="--capability")
    refuse_name("--name", name)

    async def work(desk: Desk) -> dict[str, Any]:
        context, owner = desk.context, await desk.user(user)
        if SIGN_IN_OTHERS in (capability or ()) and owner.role != "admin":
            raise Failure(f"{user} is no administrator, so a key of theirs cannot sign others in")
        expires_at = None if expires_in_days is None else context.now + expires_in_days * DAY
        chosen = tuple(each for each in KNOWN if each in (capability or CAPABILITIES))
        added, secret = new_api_key(owner, name, context, capabilities=chosen, expires_at=expires_at)
        await desk.apply(added, *account_events((added,), context))
        return {**_shown(added.api_key, user, context.now), "api_key": secret}

    facts = at_desk(data_dir, work)
    tell(facts, f"{lines(facts)}\nKeep the API key: it is not shown again.", as_json=as_json)


@group.command("list")
def list_keys(organization: Organization = None, data_dir: DataDir = None, as_json: Json = False) -> None:
    """List API keys, revoked and expired ones too; never the keys themselves."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        emails = {user.user_id: user.email for user, _ in await desk.backend.users()}
        found = await desk.backend.api_keys(await desk.chosen(organization))
        return [_shown(key, emails.get(key.user_id, ""), desk.context.now) for key in found]

    columns = ("api_key_id", "user", "name", "capabilities", "state", "last_used_at", "expires_at")
    tell_rows("keys", at_desk(data_dir, work), columns, as_json=as_json)


@group.command()
def revoke(
    api_key_id: Annotated[str, typer.Argument(metavar="ID", help="As `grantwell keys list` shows it.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """End an API key, at once and for good."""

    async def work(desk: Desk) -> dict[str, Any]:
        keys = {key.api_key_id: key for key in await desk.backend.api_keys(None)}
        key = keys.get(api_key_id)
        if key is None:
            raise Failure(f"there is no API key {api_key_id}: see grantwell keys list")
        if key.revoked_at is None:
            event = desk.context.record("api_key.revoked", subject=api_key_id, org_id=key.org_id, actor=ACTOR)
            await desk.apply(RevokeApiKey(api_key_id, key.org_id, desk.context.now), event)
        return {"api_key_id": api_key_id, "revoked_at": when(key.revoked_at or desk.context.now)}

    facts = at_desk(data_dir, work)
    tell(facts, f"{api_key_id} is revoked.", as_json=as_json)


def _shown(key: ApiKey, email: str, now: int) -> dict[str, Any]:
    return {
        "api_key_id": key.api_key_id,
        "name": key.name,
        "user": email,
        "user_id": key.user_id,
        "org_id": key.org_id,
        "capabilities": key.capabilities,
        "state": _state(key, now),
        "created_at": when(key.created_at),
        "expires_at": when(key.expires_at),
        "revoked_at": when(key.revoked_at),
        "last_used_at": when(key.last_used_at),
    }


def _state(key: ApiKey, now: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
