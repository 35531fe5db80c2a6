"""The ports for what a person has allowed, together with the apps that it was allowed to."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.records import Client, Grant


class AppView(Struct, frozen=True):
    """A grant and its client. `last_used_at` is read from the grant's lineages."""

    grant: Grant
    client: Client
    last_used_at: int | None


class AppsStore(Protocol):
    """The look-ups. They are of one user: a foreign id finds nothing."""

    async def app(self, user_id: str, grant_id: str) -> AppView | None:
        """A user's living grant with its client."""

    async def apps(self, user_id: str, offset: int, limit: int) -> tuple[Sequence[AppView], int]:
        """One page of a user's living grants, newest first, and how many there are in all."""
