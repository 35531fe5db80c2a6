"""When a token is renewed, and what a failure to renew it means: what `RenewingToken` and its twin share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grantwell.sdk.errors import APIError, BadRequestError, LoginError, LoginRequiredError
from grantwell.sdk.login.storage import MemoryStorage, TokenStorage
from grantwell.sdk.login.stored_token import StoredToken
from grantwell.sdk.login.token_source import RefreshToken, TokenSource

LEEWAY_SECONDS = 60.0
# After an attempt in vain: whoever comes meanwhile goes on with what there is, and does not wait for another one.
PAUSE_SECONDS = 5.0
LOCK_POLL_SECONDS = 0.05
LOCK_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Need:
    """What whoever asks for a token needs.

    Attributes:
        now: the time, in seconds since 1970.
        leeway_seconds: how long it shall still be good.
        rejected: a token that an API has just refused, whatever its time says; None if none was.
    """

    now: float
    leeway_seconds: float
    rejected: str | None

    def is_met_by(self, kept: StoredToken | None) -> bool:
        """Whether the token that is kept will do."""
        return self._is_met_by(kept, self.leeway_seconds)

    def is_barely_met_by(self, kept: StoredToken | None) -> bool:
        """Whether it will do for the moment."""
        return self._is_met_by(kept, 0)

    def _is_met_by(self, kept: StoredToken | None, leeway_seconds: float) -> bool:
        return kept is not None and kept.access_token != self.rejected and kept.is_fresh(self.now, leeway_seconds)


class Renewing:
    """What both kinds share; the arguments are those of `RenewingToken`."""

    def __init__(
        self,
        storage: TokenStorage | None,
        source: TokenSource | None,
        leeway_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._storage = storage or MemoryStorage()
        self._source = source or RefreshToken()
        self._leeway_seconds = leeway_seconds
        self._clock = clock
        self._last: StoredToken | None = None
        self._failed_at: float | None = None

    def _need(self, rejected: str | None) -> Need:
        now = self._clock()
        is_pausing = self._failed_at is not None and 0 <= now - self._failed_at < PAUSE_SECONDS
        return Need(now, 0 if is_pausing else self._leeway_seconds, rejected)

    def _bridged(self, need: Need, kept: StoredToken | None, failure: APIError) -> StoredToken:
        """The token to go on with for the moment. Raises what `after_failure` raises."""
        bridge = after_failure(need, kept, failure)
        self._failed_at = need.now
        return bridge


def after_failure(need: Need, kept: StoredToken | None, failure: APIError) -> StoredToken:
    """The token to go on with when the server did not renew it.

    Raises:
        LoginRequiredError: the server will never renew it.
        APIError: the failure itself, where the token that is kept cannot bridge it.
    """
    if isinstance(failure, BadRequestError) and failure.error == "invalid_grant":
        raise LoginRequiredError("the server does not renew the token any more: log in again") from failure
    if kept is not None and need.is_barely_met_by(kept):
        return kept
    raise failure


def lock_is_stuck() -> LoginError:
    return LoginError(f"another process has been renewing the token for {LOCK_PATIENCE_SECONDS:.0f} s")
