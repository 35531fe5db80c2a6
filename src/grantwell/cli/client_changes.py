"""`grantwell clients rotate-secret`, `disable` and `enable`: what becomes of a client that is there."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import typer

from grantwell.cli.client_facts import ClientId, facts_of, find_client
from grantwell.cli.desk import ACTOR, Desk, at_desk, let_pass
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, lines, tell
from grantwell.protocol.changes import Change
from grantwell.protocol.client_secret_rotation import MAXIMUM_OVERLAP, RotatedSecret, rotate_client_secret
from grantwell.protocol.client_switch import disable_client, enable_client
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.records import Client

DAY = 86400
Overlap = Annotated[
    int,
    typer.Option(
        metavar="SECONDS", min=0, max=MAXIMUM_OVERLAP, help="How long the present secret still works; 0: not at all."
    ),
]
Switch: TypeAlias = Callable[..., tuple[Client, tuple[Change, ...]]]


def rotate_secret(client_id: ClientId, overlap: Overlap = DAY, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Give a client a new secret. The present one works for a while longer; one from before that ends."""
    rotated = at_desk(data_dir, lambda desk: _rotate(desk, client_id, overlap))
    facts = {**facts_of(rotated.client, rotated.secret), "older_secret_ended": rotated.ended_older}
    shown = {name: facts[name] for name in ("client_id", "name", "client_secret")}
    tell(facts, "\n".join((lines(shown), *_sentences(facts, overlap))), as_json=as_json)


async def _rotate(desk: Desk, client_id: str, overlap: int) -> RotatedSecret:
    try:
        rotated = rotate_client_secret(await find_client(desk, client_id), overlap, desk.context, actor=ACTOR)
    except Unprocessable as error:
        raise Failure(f"{client_id}: {error.description}") from None
    await desk.apply(*rotated.changes)
    return rotated


def _sentences(facts: dict[str, Any], overlap: int) -> tuple[str, ...]:
    previous = f"works until {facts['older_secret_expires_at']}" if overlap else "has ended"
    before = ("The one before it, which still worked, has ended.",) if facts["older_secret_ended"] else ()
    return (f"The previous secret {previous}.", *before, "Keep the new secret: it is not shown again.")


def disable(client_id: ClientId, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Keep a client out: it cannot authenticate, and all that was issued to it ends at once."""
    client = at_desk(data_dir, lambda desk: _switch(desk, client_id, disable_client))
    tell(facts_of(client), f"{client_id} is disabled, and all that was issued to it has ended.", as_json=as_json)


def enable(client_id: ClientId, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Let a disabled client in again. What was issued before stays ended: people go through its login once more."""
    client = at_desk(data_dir, lambda desk: _switch(desk, client_id, enable_client))
    tell(facts_of(client), f"{client_id} is enabled.", as_json=as_json)


async def _switch(desk: Desk, client_id: str, switch: Switch) -> Client:
    client, changes = switch(await find_client(desk, client_id), desk.context, actor=ACTOR)
    if changes:
        await desk.apply(*changes)
        await let_pass(client.valid_after)
    return client
