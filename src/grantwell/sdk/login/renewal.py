"""When a token is renewed, and what a failure to renew it means: what `RenewingToken` and its twin share."""

from __future__ import annotations

from dataclasses import dataclass

from grantwell.sdk.errors import APIError, BadRequestError, LoginError, LoginRequiredError
from grantwell.sdk.login.stored_token import StoredToken

LEEWAY_SECONDS = 60.0
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
