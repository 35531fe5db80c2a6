"""Rotation of a client's secret: a new one begins while the present one still works, so that nothing has to stop.

At most two secrets of a client are alive: the newest, and for a while the one before it.
"""

from msgspec import Struct
from msgspec.structs import replace

from grantwell.protocol.changes import Change, ReplaceClient
from grantwell.protocol.client_authentication import older_secret_lives
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.generated_secret import CLIENT_SECRET, hash_secret, new_secret
from grantwell.protocol.records import Client

# Whoever has not switched by then will not, and a secret that may have leaked must not live on for that.
MAXIMUM_OVERLAP = 90 * 86400


class RotatedSecret(Struct, frozen=True):
    """A client with another secret, which is told once, and the changes that make it so.

    `ended_older` says that the secret before the present one still worked, and does no longer.
    """

    client: Client
    secret: str
    ended_older: bool
    changes: tuple[Change, ...]

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"RotatedSecret({self.client.client_id!r})"


def rotate_client_secret(client: Client, overlap_seconds: int, context: Context, *, actor: str = "") -> RotatedSecret:
    """Give a confidential client a new secret; the present one works for `overlap_seconds` more, with 0 no longer.

    Raises Unprocessable for a public client, and for an overlap that is negative or longer than 90 days.
    """
    if client.client_type == "public":
        raise Unprocessable("a public client has no secret", reason="client_without_secret")
    if not 0 <= overlap_seconds <= MAXIMUM_OVERLAP:
        raise Unprocessable(f"the overlap must be 0 to {MAXIMUM_OVERLAP} seconds", reason="secret_overlap_out_of_range")
    # There is room for one older secret: a third would be one that nobody counts any more.
    ended_older = older_secret_lives(client, context.now)
    secret = new_secret(CLIENT_SECRET, context.entropy)
    rotated = _with_secret(client, secret, overlap_seconds, context.now)
    event = context.record(
        "client.secret_rotated",
        subject=client.client_id,
        org_id=client.org_id,
        actor=actor,
        detail=f"overlap {overlap_seconds} s{', ended the older secret' if ended_older else ''}",
    )
    return RotatedSecret(rotated, secret, ended_older, (ReplaceClient(rotated, client.revision), event))


def _with_secret(client: Client, secret: str, overlap_seconds: int, now: int) -> Client:
    """The older one is kept when its time is over too: whoever still sends it is told apart from whoever guesses."""
    return replace(
        client,
        secret_hash=hash_secret(secret),
        secret_last_used_at=None,
        older_secret_hash=client.secret_hash,
        older_secret_expires_at=now + overlap_seconds,
        older_secret_last_used_at=client.secret_last_used_at,
        revision=client.revision + 1,
        updated_at=now,
    )
