"""`grantwell secrets`: changing the server's own secret (GRANTWELL_SECRET) while it serves."""

import sys
from typing import Any

import typer

from grantwell.cli.desk import ACTOR, Desk, at_desk
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import Failure, print_table, tell, when
from grantwell.protocol.key_life import living, reseal_signing_keys
from grantwell.storage.backend import SqlBackend

NOT_GIVEN = (
    "signing keys that are in use are sealed with a secret that is not given ({}): no server starts without it, "
    "so give it too"
)

group = typer.Typer(help="The server's own secrets: reencrypt.", no_args_is_help=True)


@group.command()
def reencrypt(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Seal the signing keys under the first secret of GRANTWELL_SECRET, and say how long the others are needed."""
    facts = at_desk(data_dir, _reencrypt)
    tell(facts, f"Signing keys sealed anew under the first secret: {facts['resealed']}", as_json=as_json)
    if not as_json:
        rows = [each | {"needed_until": each["needed_until"] or "in use"} for each in facts["secrets"]]
        print_table(rows, ("secret", "signing_keys", "logins", "needed_until"))
    if error := facts.get("error"):
        sys.stderr.write(f"grantwell: {error}\n")
        raise typer.Exit(1)


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
    secrets = await _needs(desk)
    missing = ", ".join(each["secret"] for each in secrets if each["signing_keys"] and each["place"] is None)
    facts = {"resealed": len(changes), "secrets": secrets}
    return facts | {"error": NOT_GIVEN.format(missing)} if missing else facts


async def _needs(desk: Desk) -> list[dict[str, Any]]:
    """What each secret still protects, the first one first; those that are used and not given too.

    Signing keys that are not used any more need none: nobody opens them.
    """
    assert isinstance(desk.backend, SqlBackend)
    now, server = desk.context.now, desk.context.server
    given = tuple(server.secrets.lineage.by_id)
    logins = {key_id: (number, until) for key_id, number, until in await desk.backend.lineages_by_secret(now)}
    keys = living(await desk.backend.signing_keys(), now, server.key_policy)
    sealed = [row.private_key.partition(".")[0] for row in keys]
    others = sorted((logins.keys() | set(sealed)) - set(given))
    last_consent = dict.fromkeys(given, now + server.consent_token_seconds)
    return [
        {
            "secret": secret,
            "place": given.index(secret) + 1 if secret in given else None,
            "signing_keys": sealed.count(secret),
            "logins": logins.get(secret, (0, 0))[0],
            # None: it protects what is new, or a key. Others protect only what they have made, while that is valid.
            "needed_until": None
            if secret in (given[0], *sealed)
            else when(max(logins.get(secret, (0, 0))[1], last_consent.get(secret, 0))),
        }
        for secret in (*given, *others)
    ]
