"""The ports for refused requests: keeping a few of them, and looking them up."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.records import Client
from grantwell.protocol.refused_request import RefusedRequest


class RefusalFilter(Struct, frozen=True):
    """Whose refused requests: those of clients of one organization, or with `everywhere` all; of one client, or any."""

    org_id: str
    everywhere: bool = False
    client_id: str | None = None


class RefusalView(Struct, frozen=True):
    """A refused request, and its client; None if it is not known, or not any more."""

    refused: RefusedRequest
    client: Client | None


class RefusalStore(Protocol):
    """The look-ups."""

    async def refused_request(self, whose: RefusalFilter, reference: str) -> RefusalView | None:
        """A refused request by its reference."""

    async def refused_requests(
        self, whose: RefusalFilter, offset: int, limit: int
    ) -> tuple[Sequence[RefusalView], int]:
        """One page of refused requests, newest first, and how many there are in all."""


class RefusalKeeper(Protocol):
    """The one way in."""

    async def keep_refused_requests(self, refused: Sequence[RefusedRequest], of_client: int, in_all: int) -> None:
        """Write them, and forget the oldest beyond `of_client` of each of their clients, and beyond `in_all`.

        What names a client that is not known is kept for no client: all of these together count as one. Raises
        StorageUnavailable, and Conflict where somebody else forgets the same at the same moment: then less is
        forgotten.
        """
