"""Gathers refused requests and writes a few of them, beside the requests, so that developers can read what was wrong.

Whoever likes can be refused, as often as they like. So what is kept is bounded everywhere: in a minute of each client
from each network, of each network, of each client and of all; then of what waits to be written, and in the database.
What comes beyond is not kept.
"""

from collections.abc import Sequence

from grantwell.asgi.http import network_of
from grantwell.asgi.windows import Windows
from grantwell.protocol.errors import OAuthError
from grantwell.protocol.refusal_store import RefusalKeeper
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.protocol.store import Conflict, StorageUnavailable

MINUTE = 60
OF_NETWORK, OF_CLIENT_AND_NETWORK, OF_CLIENT, IN_ALL = 60, 10, 30, 300
WAITING = 500
# What the database keeps, for a day: the newest of each client, and the newest of all.
KEPT_OF_CLIENT, KEPT_IN_ALL = 50, 5000


class Refusals:
    """Of one process. `lost` counts what was not kept, since there was too much of it."""

    def __init__(self, keeper: RefusalKeeper) -> None:
        self._keeper = keeper
        self._waiting: list[RefusedRequest] = []
        self._windows = Windows()
        self.lost = 0

    def note(self, error: OAuthError, address: str) -> None:
        """Take what an error tells of its request, if it does and if there is room."""
        refused = error.refused
        if refused is None:
            return
        if len(self._waiting) < WAITING and self._is_within_limits(refused, network_of(address)):
            self._waiting.append(refused)
        else:
            self.lost += 1

    def _is_within_limits(self, refused: RefusedRequest, network: str) -> bool:
        # The narrowest first: beyond it one network takes nothing from what others may.
        limits: Sequence[tuple[int, tuple[str, ...]]] = (
            (OF_CLIENT_AND_NETWORK, (refused.client_id, network)),
            (OF_NETWORK, ("", network)),
            (OF_CLIENT, (refused.client_id,)),
            (IN_ALL, ()),
        )
        return all(self._windows.count(key, MINUTE, refused.at).count <= limit for limit, key in limits)

    async def write(self) -> None:
        """Write what was gathered. Raises StorageUnavailable, and keeps it then, as far as there is room."""
        if not self._waiting:
            return
        written, self._waiting = self._waiting, []
        try:
            await self._keeper.keep_refused_requests(written, KEPT_OF_CLIENT, KEPT_IN_ALL)
        except StorageUnavailable:
            self._waiting = [*written, *self._waiting][:WAITING]
            raise
        except Conflict:
            # Another process forgets the same at this moment, or will the next time.
            return
