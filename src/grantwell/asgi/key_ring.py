"""The signing keys of this process, read again every few seconds, and at once for a key that it has not seen."""

from collections.abc import Callable

from grantwell.protocol.key_life import KeyPolicy, key_set, living
from grantwell.protocol.keys import KeySet
from grantwell.protocol.server_secrets import PurposeKeys
from grantwell.protocol.store import Store

REREAD_SECONDS = 10


class KeyRing:
    """Holds the key set of the moment in `keys`."""

    def __init__(self, store: Store, secrets: PurposeKeys, policy: KeyPolicy, clock: Callable[[], float]) -> None:
        self.keys = KeySet(())
        self._store = store
        self._secrets = secrets
        self._policy = policy
        self._clock = clock
        self._looked_at = float("-inf")

    async def reload(self) -> None:
        """Read the keys again. Raises StorageUnavailable, and ValueError for one that cannot be opened."""
        rows = living(await self._store.signing_keys(), int(self._clock()), self._policy)
        self.keys = key_set(rows, self._secrets, self.keys)

    async def look_again(self) -> bool:
        """For an unknown kid: read again, but not more than once in 10 s, whoever asks. Says whether keys changed.

        What is read every few seconds anyway does not count: a key may have been made just after.
        """
        now = self._clock()
        if abs(now - self._looked_at) < REREAD_SECONDS:
            return False
        self._looked_at = now
        before = {key.kid for key in self.keys.keys}
        await self.reload()
        return {key.kid for key in self.keys.keys} != before
