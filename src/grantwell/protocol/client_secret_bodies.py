"""The bodies of listing and rotating a client's secrets."""

from typing import Literal

from msgspec import Struct

from grantwell.protocol.client_authentication import older_secret_lives
from grantwell.protocol.records import Client
from grantwell.protocol.timestamps import rfc3339


class ClientSecret(Struct, frozen=True, kw_only=True):
    """One secret that works; the secret itself is kept by nobody. `expires_at` is null for one that does not end."""

    record_type: str = "oauth_client_secret"
    generation: Literal["newest", "older"]
    expires_at: str | None
    last_used_at: str | None


class ClientSecretList(Struct, frozen=True):
    """At most two: the newest, and for a while the one before it. A public client has none."""

    data: tuple[ClientSecret, ...]


class ClientSecretRotation(Struct, frozen=True, kw_only=True):
    """The body of a rotation; `overlap_seconds` is how long the present secret still works."""

    overlap_seconds: int = 86400
    end_older: bool = False


class NewClientSecret(Struct, frozen=True, kw_only=True):
    """A new secret; it stands here and nowhere else.

    `older_secret_expires_at` is when the one before ends, null if it has ended. `ended_older` says that there was one
    before that, which worked until now.
    """

    record_type: str = "oauth_client_secret"
    client_id: str
    client_secret: str
    older_secret_expires_at: str | None
    ended_older: bool


class ClientSecretResponse(Struct, frozen=True):
    """The envelope."""

    data: NewClientSecret


def show_secrets(client: Client, now: int) -> tuple[ClientSecret, ...]:
    """The secrets of a client that work at `now`, in epoch seconds; the newest first."""
    if client.secret_hash is None:
        return ()
    newest = ClientSecret(generation="newest", expires_at=None, last_used_at=_moment(client.secret_last_used_at))
    if not older_secret_lives(client, now):
        return (newest,)
    older = ClientSecret(
        generation="older",
        expires_at=_moment(client.older_secret_expires_at),
        last_used_at=_moment(client.older_secret_last_used_at),
    )
    return newest, older


def _moment(seconds: int | None) -> str | None:
    return rfc3339(seconds) if seconds is not None else None
