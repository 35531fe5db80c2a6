"""Prepare an installation for a load: a client with known credentials, a user, and what the user has approved.

python -m benchmarks.prepare client DIR           makes the tables and the client
python -m benchmarks.prepare refresh_token DIR N  prints N refresh tokens, one a line
python -m benchmarks.prepare code DIR N           prints N authorization codes, one a line

The settings of the server apply, so GRANTWELL_DATABASE_URL may name a PostgreSQL database.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.servers import CHALLENGE, CLIENT, REDIRECT, SECRET
from grantwell.app import open_backend, server_of
from grantwell.protocol.changes import AddClient, AddGrant, AddLineage, AddOrganization, AddUser
from grantwell.protocol.context import Context
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.keys import KeySet
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.protocol.new_client import new_client
from grantwell.protocol.records import GRANT_TYPE_NAMES, Client, Grant, Lineage, Organization, User
from grantwell.settings import Settings, load_settings
from grantwell.storage.database import data_dir_of, upgrade

ORGANIZATION, GRANT = "org_bench", "grant_bench"
USER = User("user_bench", ORGANIZATION, "bench@example.test", None, "admin", True, 0, 0)
BATCH = 500


def context_of(settings: Settings) -> Context:
    """The circumstances of the preparation."""
    return Context(server_of(settings), KeySet(()), int(time.time()), os.urandom, "bench", "")


def a_client(settings: Settings, context: Context) -> Client:
    """The client that asks."""
    fields = {
        "name": "Bench",
        "allowed_scopes": tuple(scope.id for scope in settings.scopes),
        "allowed_grant_types": GRANT_TYPE_NAMES,
        "redirect_uris": (REDIRECT,),
    }
    client, _ = new_client(fields, "confidential", context, org_id=ORGANIZATION, user_id=USER.user_id)
    return msgspec.structs.replace(client, client_id=CLIENT, secret_hash=hash_secret(SECRET))


async def add_client(settings: Settings) -> None:
    """Make the tables, the client, its organization, a user, and the user's approval of the client."""
    data_dir_of(settings)
    await upgrade(settings)
    context = context_of(settings)
    client = a_client(settings, context)
    grant = Grant(GRANT, ORGANIZATION, USER.user_id, CLIENT, client.allowed_scopes, (), 0, context.now, None)
    backend = await open_backend(settings, lock=False)
    organization = Organization(ORGANIZATION, "Bench", context.now)
    await backend.apply((AddOrganization(organization), AddUser(USER), AddClient(client), AddGrant(grant)))
    await backend.close()


def a_lineage(context: Context, generation: int) -> Lineage:
    """A lineage whose code is waiting to be redeemed (generation 0), or was just redeemed (1)."""
    now, server = context.now, context.server
    return Lineage(
        lineage_id=context.token_identifier(),
        grant_id=GRANT,
        org_id=ORGANIZATION,
        client_id=CLIENT,
        user_id=USER.user_id,
        scopes=server.scope_ids,
        resource=server.default_resource,
        redirect_uri=REDIRECT,
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        salt=context.token_identifier(),
        key_id=server.secrets.lineage.primary_id,
        generation=generation,
        rotated_at=now,
        expires_at=now + server.refresh_token_seconds,
        ends_at=now + server.lineage_seconds,
        created_at=now,
        revoked_at=None,
        advanced_by=context.entropy(12).hex() if generation else None,
    )


def in_batches(context: Context, generation: int, count: int) -> Iterator[list[Lineage]]:
    """So many lineages, some at a time."""
    for start in range(0, count, BATCH):
        yield [a_lineage(context, generation) for _ in range(min(BATCH, count - start))]


async def add_lineages(settings: Settings, generation: int, count: int) -> None:
    """Make lineages, and print the code or refresh token that is the head of each."""
    context = context_of(settings)
    backend = await open_backend(settings, lock=False)
    for lineages in in_batches(context, generation, count):
        await backend.apply([AddLineage(lineage) for lineage in lineages])
        for lineage in lineages:
            sys.stdout.write(f"{write_lineage_token(lineage, generation, context.server.secrets.lineage)}\n")
    await backend.close()


def main() -> None:
    """Read the command line."""
    what, directory = sys.argv[1], Path(sys.argv[2])
    settings = load_settings(data_dir=directory)
    if what == "client":
        asyncio.run(add_client(settings))
    else:
        asyncio.run(add_lineages(settings, {"code": 0, "refresh_token": 1}[what], int(sys.argv[3])))


if __name__ == "__main__":
    main()
