"""`grantwell signing-keys`: the keys that sign tokens (RFC 7517). The server rotates them by itself."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from grantwell import app
from grantwell.cli.desk import ACTOR, Desk, at_desk
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, tell, tell_rows, when
from grantwell.protocol.changes import Change, RevokeSigningKey
from grantwell.protocol.key_rotation import make_signing_key, plan_rotation_by_hand
from grantwell.protocol.key_timeline import key_states
from grantwell.protocol.records import SigningKeyRow

group = typer.Typer(help="Keys that sign tokens: list, rotate.", no_args_is_help=True)


@group.command("list")
def list_keys(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the signing keys, oldest first, and what each of them does now."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        rows = await desk.backend.signing_keys()
        states = key_states(rows, desk.context.now, app.key_policy(desk.settings))
        return [_shown(row, states[row.kid]) for row in rows]

    columns = ("kid", "alg", "state", "created_at", "activates_at", "revoked_at")
    tell_rows("signing_keys", at_desk(data_dir, work), columns, as_json=as_json)


@group.command()
def rotate(
    now: Annotated[
        bool, typer.Option("--now", help="Sign with the new key at once, though nobody knows it yet.")
    ] = False,
    revoke: Annotated[
        str | None, typer.Option(metavar="KID", help="In an emergency: this key's tokens fail at once; implies --now.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make the next signing key. It is published first and signs later, so that no token fails because of it."""

    async def work(desk: Desk) -> dict[str, Any]:
        rows = await desk.backend.signing_keys()
        if revoke is not None and revoke not in {row.kid for row in rows}:
            raise Failure(f"there is no signing key {revoke}: see grantwell signing-keys list")
        return await _rotate(desk, rows, at_once=now or revoke is not None, revoke=revoke)

    facts = at_desk(data_dir, work)
    ended = f"\n{revoke} is revoked; running servers drop it within 30 seconds." if revoke else ""
    tell(facts, f"{facts['kid']} signs from {facts['activates_at']} on.{ended}", as_json=as_json)


async def _rotate(desk: Desk, rows: Sequence[SigningKeyRow], *, at_once: bool, revoke: str | None) -> dict[str, Any]:
    context = desk.context
    new = plan_rotation_by_hand(rows, context.now, app.key_policy(desk.settings), at_once=at_once)
    added, event = make_signing_key(new, context)
    ended: tuple[Change, ...] = ()
    if revoke is not None:
        revoked = context.record("signing_key.revoked", subject=revoke, actor=ACTOR)
        ended = (RevokeSigningKey(revoke, context.now), revoked)
    await desk.apply(added, event, *ended)
    return {**_shown(added.key, "published" if added.key.activates_at > context.now else "signing"), "revoked": revoke}


def _shown(row: SigningKeyRow, state: str) -> dict[str, Any]:
    return {
        "kid": row.kid,
        "alg": row.alg,
        "sequence": row.sequence,
        "state": state,
        "created_at": when(row.created_at),
        "activates_at": when(row.activates_at),
        "revoked_at": when(row.revoked_at),
    }
