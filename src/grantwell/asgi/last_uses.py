"""The last uses of credentials: gathered, and written down a few at a time.

They are shown to people, so they may be a little late; and each is a write of a row that was only read otherwise. So
the more credentials are used, the longer what is on record stays good enough.
"""

from collections.abc import Iterable
from itertools import islice
from math import ceil

from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Backend

# How old a noted use may be while its credential is used on.
FEWEST_SECONDS, MOST_SECONDS = 5.0, 3600.0
# So many are written in one go, which is also how many shall come from one `write` to the next.
AT_ONCE = 200
# With fewer, the record gets fresher again; by little at a time, so that the next rush does not find all of it too old.
FRESHER_BY = 0.01


class LastUses:
    """What waits to be written down. `noted_seconds` says how old the use on record may be at this moment."""

    def __init__(self, backend: Backend) -> None:
        self.noted_seconds = FEWEST_SECONDS
        self._backend = backend
        self._waiting: dict[tuple[str, str, str], Use] = {}

    def note(self, uses: Iterable[Use]) -> None:
        """Keep those that the record is too old for."""
        for use in uses:
            if use.noted_at is None or use.at - use.noted_at >= self.noted_seconds:
                self._waiting[use.kind, use.id, use.secret_hash] = use

    async def write(self) -> None:
        """Write down what waits. Raises StorageUnavailable, and keeps what is not written then.

        To prepare and make many at once takes others' time, so it is some at a time.
        """
        left = len(self._waiting)
        self._adapt(left)
        while left > 0:
            some = tuple(islice(self._waiting.items(), AT_ONCE))
            await self._backend.note_uses([use for _, use in some])
            for key, use in some:
                # Used again meanwhile, it is written again.
                if self._waiting.get(key) is use:
                    del self._waiting[key]
            left -= len(some)

    def _adapt(self, gathered: int) -> None:
        if gathered > AT_ONCE:
            self.noted_seconds = min(MOST_SECONDS, self.noted_seconds * ceil(gathered / AT_ONCE))
        elif gathered < AT_ONCE // 2:
            self.noted_seconds = max(FEWEST_SECONDS, self.noted_seconds * (1 - FRESHER_BY))
