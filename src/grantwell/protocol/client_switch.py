"""Switching a client off, and on again."""

from msgspec.structs import replace

from grantwell.protocol.changes import Change, ReplaceClient
from grantwell.protocol.context import Context
from grantwell.protocol.records import Client


def disable_client(client: Client, context: Context, *, actor: str = "") -> tuple[Client, tuple[Change, ...]]:
    """Keep a client out, and end for good what was issued to it until now: tokens, codes and approvals.

    Without changes where it is out already.
    """
    # What is issued within this very second counts as before: whoever switches a client off may be racing with a thief.
    return _switch(client, context, actor, enabled=False, valid_after=context.now + 1)


def enable_client(client: Client, context: Context, *, actor: str = "") -> tuple[Client, tuple[Change, ...]]:
    """Let a client in again. What was issued before stays ended. Without changes where it is in already."""
    # Nothing can have been issued in between, but by a process whose clock is ahead.
    return _switch(client, context, actor, enabled=True, valid_after=context.now)


def _switch(
    client: Client, context: Context, actor: str, *, enabled: bool, valid_after: int
) -> tuple[Client, tuple[Change, ...]]:
    if client.enabled is enabled:
        return client, ()
    switched = replace(
        client,
        enabled=enabled,
        valid_after=max(valid_after, client.valid_after),
        revision=client.revision + 1,
        updated_at=context.now,
    )
    kind = "client.enabled" if enabled else "client.disabled"
    event = context.record(kind, subject=client.client_id, org_id=client.org_id, actor=actor)
    return switched, (ReplaceClient(switched, client.revision), event)
