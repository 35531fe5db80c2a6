"""Prepare a data directory for a load: a client with known credentials, a user, and unredeemed refresh tokens.

python benchmarks/prepare.py client DIR            makes the client, prints its id
python benchmarks/prepare.py refresh-tokens DIR N  prints N refresh tokens, one a line
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import msgspec

from grantwell.app import open_backend, server_of
from grantwell.protocol.changes import AddClient, AddGrant, AddLineage, AddOrganization, AddUser
from grantwell.protocol.context import Context
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.keys import KeySet
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.protocol.new_client import new_client
from grantwell.protocol.records import GRANT_TYPE_NAMES, Grant, Lineage, Organization, User
from grantwell.settings import Settings, load_settings

CLIENT_ID = "bench-client"
CLIENT_SECRET = "s3cr3t-s3cr3t-s3cr3t-s3cr3t-0001"
USER = User("user_bench", "org_bench", "bench@example.test", None, "admin", True, 0, 0)
BATCH = 500


def context_of(settings: Settings) -> Context:
    """The circumstances of the preparation."""
    return Context(server_of(settings), KeySet(()), int(time.time()), os.urandom, "bench", "")


async def add_client(settings: Settings) -> None:
    """Make the client, its organization and a user."""
    context = context_of(settings)
    fields = {
        "name": "Bench",
        "allowed_scopes": tuple(scope.id for scope in settings.scopes),
        "allowed_grant_types": GRANT_TYPE_NAMES,
        "redirect_uris": ("https://app.example.test/cb",),
    }
    client, _ = new_client(fields, "confidential", context, org_id="org_bench", user_id=USER.user_id)
    known = msgspec.structs.replace(client, client_id=CLIENT_ID, secret_hash=hash_secret(CLIENT_SECRET))
    grant = Grant("grant_bench", "org_bench", USER.user_id, CLIENT_ID, client.allowed_scopes, (), 0, context.now, None)
    backend = await open_backend(settings, lock=False)
    organization = Organization("org_bench", "Bench", context.now)
    await backend.apply((AddOrganization(organization), AddUser(USER), AddClient(known), AddGrant(grant)))
    await backend.close()


def fresh_lineage(context: Context) -> Lineage:
    """A lineage whose code was just redeemed."""
    now, server = context.now, context.server
    return Lineage(
        lineage_id=context.token_identifier(),
        grant_id="grant_bench",
        org_id="org_bench",
        client_id=CLIENT_ID,
        user_id=USER.user_id,
        scopes=server.scope_ids,
        resource=server.default_resource,
        redirect_uri="https://app.example.test/cb",
        code_challenge=None,
        code_challenge_method=None,
        salt=context.token_identifier(),
        key_id=server.secrets.lineage.primary_id,
        generation=1,
        rotated_at=now,
        expires_at=now + server.refresh_token_seconds,
        ends_at=now + server.lineage_seconds,
        created_at=now,
        revoked_at=None,
    )


async def add_refresh_tokens(settings: Settings, count: int) -> None:
    """Make lineages, and print the refresh token of each."""
    context = context_of(settings)
    backend = await open_backend(settings, lock=False)
    for start in range(0, count, BATCH):
        lineages = [fresh_lineage(context) for _ in range(min(BATCH, count - start))]
        await backend.apply([AddLineage(lineage) for lineage in lineages])
        for lineage in lineages:
            sys.stdout.write(f"{write_lineage_token(lineage, 1, context.server.secrets.lineage)}\n")
    await backend.close()


def main() -> None:
    """Read the command line."""
    what, directory = sys.argv[1], Path(sys.argv[2])
    settings = load_settings(data_dir=directory)
    if what == "client":
        asyncio.run(add_client(settings))
        sys.stdout.write(f"{CLIENT_ID}\n")
    else:
        asyncio.run(add_refresh_tokens(settings, int(sys.argv[3])))


if __name__ == "__main__":
    main()
