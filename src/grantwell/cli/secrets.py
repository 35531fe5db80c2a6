"""`grantwell secrets`: changing the server's own secret (GRANTWELL_SECRET) while it serves."""

from typing import Any

import typer

from grantwell.cli.desk import ACTOR, Desk, at_desk
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, print_table, tell, when
from grantwell.protocol.key_life import reseal_signing_keys
from grantwell.storage.backend import SqlBackend

group = typer.Typer(help="The server's own secrets: reencrypt.", no_args_is_help=True)


@group.command()
def reencrypt(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Seal the signing keys under the first secret of GRANTWELL_SECRET, and say how long the others are needed."""
    facts = at_desk(data_dir, _reencrypt)
    tell(facts, f"Signing keys sealed anew under the first secret: {facts['resealed']}", as_json=as_json)
    if not as_json:
        print_table(facts["secrets"], ("secret", "signing_keys", "logins", "needed_until"))


async def _reencrypt(desk: Desk) -> dict[str, Any]:
    context = desk.context
    try:
        changes = reseal_signing_keys(
            await desk.backend.signing_keys(), context.server.secrets.signing_keys, context.entropy
        )
    except ValueError as error:
        raise Failure(str(error)) from None
    events = [context.record("signing_key.resealed", subject=change.kid, actor=ACTOR) for change in changes]
    await desk.apply(*changes, *events)
    return {"resealed": len(changes), "secrets": await _needs(desk)}


async def _needs(desk: Desk) -> list[dict[str, Any]]:
    """What each secret still protects, the first one first; those that are used and not given too."""
    assert isinstance(desk.backend, SqlBackend)
    now, server = desk.context.now, desk.context.server
    given = tuple(server.secrets.lineage.by_id)
    logins = {key_id: (number, until) for key_id, number, until in await desk.backend.lineages_by_secret(now)}
    sealed = [row.private_key.partition(".")[0] for row in await desk.backend.signing_keys()]
    others = sorted((logins.keys() | set(sealed)) - set(given))
    return [
        {
            "secret": secret,
            "place": given.index(secret) + 1 if secret in given else None,
            "signing_keys": sealed.count(secret),
            "logins": logins.get(secret, (0, 0))[0],
            "needed_until": _until(secret, given, logins.get(secret, (0, 0))[1], now + server.consent_token_seconds),
        }
        for secret in (*given, *others)
    ]


def _until(secret: str, given: tuple[str, ...], last_login: int, last_consent: int) -> str | None:
    """When a secret may be dropped: no login and no consent token that it has made is valid any more.

    The first one is always needed.
    """
    if secret == given[0]:
        return None
    return when(max(last_login, last_consent if secret in given else 0))
