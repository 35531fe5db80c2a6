"""Rate limits, one table of them; each process counts for itself.

A limit by client alone would let anybody lock a client out, so failures count by client and address together.
"""

import time
from collections.abc import Mapping
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from grantwell.protocol.context import Context
from grantwell.protocol.errors import TooManyRequests

AUTHENTICATING = frozenset({"ExchangeOAuthToken", "IntrospectOAuthToken", "RevokeOAuthToken"})


class Limits:
    """`table` maps names to limits such as `30/minute`; an empty table switches everything off."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._items = {name: parse(limit) for name, limit in table.items()}
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        # Who has failed lately; everybody else is admitted without asking the limiter.
        self._failed: set[tuple[str, str]] = set()

    def admit(self, operation_id: str, request: Any, context: Context) -> None:
        """Count a request. Raises TooManyRequests."""
        if not self._items:
            return
        if operation_id in AUTHENTICATING:
            self._admit_client(request.credentials.client_id, context.address)
        if operation_id == "IntrospectOAuthToken":
            # With the address, for nobody has proved yet whose the credentials are.
            self._hit("introspection", request.credentials.client_id or request.key_hash, context.address)
        elif operation_id == "RegisterOAuthClient":
            self._hit("register", context.address)
        elif operation_id == "CreateSession":
            # By account only together with the address: nobody locks somebody else out.
            self._hit("sign_in_account", request.email.casefold(), context.address)
            self._hit("sign_in_address", context.address)
        elif operation_id in ("GetOAuthConsentToken", "CreateOAuthGrant"):
            self._hit("consent", context.caller.user_id)

    def failed(self, operation_id: str, request: Any, context: Context) -> None:
        """Count a failed client authentication."""
        item = self._items.get("client_authentication")
        if item is None or operation_id not in AUTHENTICATING:
            return
        key = (request.credentials.client_id, context.address)
        self._limiter.hit(item, *key)
        if len(self._failed) > 10_000:
            self._failed.clear()
        self._failed.add(key)

    def _admit_client(self, client_id: str, address: str) -> None:
        item = self._items.get("client_authentication")
        if item is None or (client_id, address) not in self._failed:
            return
        if not self._limiter.test(item, client_id, address):
            raise self._refusal("client_authentication", item, client_id, address)

    def _hit(self, name: str, *key: str) -> None:
        item = self._items.get(name)
        if item is not None and not self._limiter.hit(item, *key):
            raise self._refusal(name, item, *key)

    def _refusal(self, name: str, item: RateLimitItem, *key: str) -> TooManyRequests:
        wait = self._limiter.get_window_stats(item, *key).reset_time - time.time()
        return TooManyRequests(
            "too many requests; wait and try again", reason=f"limit_{name}", retry_after=int(wait) + 1
        )
