"""`grantwell clients`: what an operator does with clients; the API does the rest."""

from typing import Annotated, Any

import typer

from grantwell.cli import client_changes
from grantwell.cli.client_facts import ClientId, facts_of, find_client
from grantwell.cli.desk import ACTOR, Desk, at_desk
from grantwell.cli.options import DataDir, Json, Organization
from grantwell.cli.output import Failure, lines, tell, tell_rows
from grantwell.protocol.changes import AddClient, RecordEvent
from grantwell.protocol.context import Caller
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.managed_client import judge_fields
from grantwell.protocol.new_client import new_client
from grantwell.protocol.records import GRANT_TYPE_NAMES, Client, ClientType, User
from grantwell.protocol.store import ClientFilter

group = typer.Typer(help="Clients: create, list, show, rotate-secret, disable, enable.", no_args_is_help=True)

Type = Annotated[ClientType, typer.Option("--type", help="Confidential ones have a secret.")]
GrantTypes = Annotated[
    list[str], typer.Option("--grant-type", metavar="NAME", help=f"{', '.join(GRANT_TYPE_NAMES)}; may be repeated.")
]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", metavar="NAME", help="May be repeated. Default: the whole catalogue.")
]
RedirectUris = Annotated[list[str] | None, typer.Option("--redirect-uri", metavar="URI", help="May be repeated.")]


@group.command()
def create(  # noqa: PLR0913 - each is an option of its own
    *,
    name: Annotated[str, typer.Option(help="What people see.")],
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Who owns it, with the whole organization.")],
    grant_type: GrantTypes,
    client_type: Type = "confidential",
    scope: Scopes = None,
    redirect_uri: RedirectUris = None,
    require_pkce: Annotated[bool, typer.Option("--require-pkce", help="Demand PKCE of a confidential one.")] = False,
    verified: Annotated[bool, typer.Option("--verified", help="Say on the consent page that you know it.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make a client for a user's organization. Only here can it be verified."""
    fields = {
        "name": name,
        "allowed_grant_types": tuple(grant_type),
        "allowed_scopes": tuple(scope or ()),
        "redirect_uris": tuple(redirect_uri or ()),
        "require_pkce": require_pkce,
    }
    facts = at_desk(data_dir, lambda desk: _create(desk, user, client_type, fields, verified))
    warning = "\nKeep the secret: it is not shown again." if facts["client_secret"] else ""
    told = {key: value for key, value in facts.items() if value not in (None, (), "")}
    tell(facts, lines(told) + warning, as_json=as_json)


async def _create(
    desk: Desk, email: str, client_type: ClientType, fields: dict[str, Any], verified: bool
) -> dict[str, Any]:
    owner = await desk.user(email)
    asked = {**fields, "allowed_scopes": fields["allowed_scopes"] or desk.context.server.scope_ids}
    _judge(asked, client_type, owner, desk)
    client, secret = new_client(
        asked, client_type, desk.context, org_id=owner.org_id, user_id=owner.user_id, verified=verified
    )
    await desk.apply(AddClient(client), _created(client, desk))
    return facts_of(client, secret)


def _judge(fields: dict[str, Any], client_type: str, owner: User, desk: Desk) -> None:
    """Refuse what the API would refuse. Raises Failure, naming every field."""
    caller = Caller("session", owner.user_id, owner.org_id, owner.role, (), ACTOR)
    try:
        judge_fields(fields, client_type, caller, desk.context.server)
    except Unprocessable as error:
        raise Failure("\n".join(f"{each.field} {each.message}" for each in error.problems)) from None


def _created(client: Client, desk: Desk) -> RecordEvent:
    detail = "verified" if client.verified else ""
    return desk.context.record(
        "client.created", subject=client.client_id, org_id=client.org_id, actor=ACTOR, detail=detail
    )


@group.command("list")
def list_clients(
    organization: Organization = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 1000,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List clients of all organizations, those that registered themselves too."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        org_id = await desk.chosen(organization)
        if org_id is None:
            found = await desk.backend.all_clients(limit)
        else:
            found, _ = await desk.backend.clients(org_id, ClientFilter(), 0, limit)
        return [facts_of(client) for client in found]

    columns = ("client_id", "name", "client_type", "origin", "verified", "allowed_grant_types", "last_used_at")
    tell_rows("clients", at_desk(data_dir, work), columns, as_json=as_json)


@group.command()
def show(client_id: ClientId, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show a client, and when each of its secrets was used last."""

    async def work(desk: Desk) -> dict[str, Any]:
        return facts_of(await find_client(desk, client_id))

    facts = at_desk(data_dir, work)
    tell(facts, lines(facts), as_json=as_json)


group.command("rotate-secret")(client_changes.rotate_secret)
group.command()(client_changes.disable)
group.command()(client_changes.enable)
