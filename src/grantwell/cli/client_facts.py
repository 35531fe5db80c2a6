"""What the commands about clients share: how one is named, found, and told of."""

from typing import Annotated, Any

import msgspec
import typer

from grantwell.cli.desk import Desk
from grantwell.cli.output import Failure, when
from grantwell.protocol.client_bodies import show_client
from grantwell.protocol.records import Client

ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="As `grantwell clients list` shows it.")]


async def find_client(desk: Desk, client_id: str) -> Client:
    """The client, whoever owns it. Raises Failure."""
    client = await desk.backend.client(client_id)
    if client is None:
        raise Failure(f"there is no client {client_id}: see grantwell clients list")
    return client


def facts_of(client: Client, secret: str | None = None) -> dict[str, Any]:
    """What the API tells of a client, and what only an operator is told."""
    facts: dict[str, Any] = msgspec.to_builtins(show_client(client, secret))
    return {
        **facts,
        "origin": client.origin,
        "enabled": client.enabled,
        "secret_last_used_at": when(client.secret_last_used_at),
        "older_secret_expires_at": when(client.older_secret_expires_at),
        "older_secret_last_used_at": when(client.older_secret_last_used_at),
    }
