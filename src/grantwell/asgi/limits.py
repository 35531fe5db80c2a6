"""Rate limits, one table of them; each process counts for itself.

A limit by client alone would let anybody lock a client out, so failures count by client and address together.
"""

from collections.abc import Mapping
from typing import Any

from grantwell.asgi.http import network_of
from grantwell.asgi.windows import Windows, parse_limit
from grantwell.protocol.context import Context
from grantwell.protocol.errors import TooManyRequests

AUTHENTICATING = frozenset({"ExchangeOAuthToken", "IntrospectOAuthToken", "RevokeOAuthToken"})


class Limits:
    """`table` maps names to limits such as `30/minute`; an empty table switches everything off."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._limits = {name: parse_limit(text) for name, text in table.items()}
        # One kind does not make another one forget.
        self._windows = {name: Windows() for name in table}

    def admit(self, operation_id: str, request: Any, context: Context) -> None:
        """Count a request. Raises TooManyRequests."""
        if not self._limits:
            return
        if operation_id in AUTHENTICATING:
            self._admit_client(request.credentials.client_id, context)
        if operation_id == "IntrospectOAuthToken":
            # With the address, for nobody has proved yet whose the credentials are.
            who = request.credentials.client_id or request.key_hash
            self._count("introspection", context, who, network_of(context.address))
        elif operation_id == "RegisterOAuthClient":
            self._count("register", context, network_of(context.address))
        elif operation_id == "CreateSession":
            self._count_sign_in(request.email.casefold(), network_of(context.address), context)
        elif operation_id == "ChangePassword":
            # By account alone: who has come by a session guesses from nowhere else, and the owner can end that session.
            self._count("sign_in_account", context, context.caller.user_id)
        elif operation_id in ("GetOAuthConsentToken", "CreateOAuthGrant"):
            self._count("consent", context, context.caller.user_id)

    def failed(self, operation_id: str, request: Any, context: Context) -> None:
        """Count a failed client authentication."""
        limit = self._limits.get("client_authentication")
        if limit is not None and operation_id in AUTHENTICATING:
            failures = self._windows["client_authentication"]
            failures.count((request.credentials.client_id, network_of(context.address)), limit.seconds, context.now)

    def _admit_client(self, client_id: str, context: Context) -> None:
        limit = self._limits.get("client_authentication")
        if limit is None:
            return
        window = self._windows["client_authentication"].seen((client_id, network_of(context.address)), context.now)
        if window is not None and window.count >= limit.count:
            raise _refusal("client_authentication", window.ends_at - context.now)

    def _count_sign_in(self, account: str, network: str, context: Context) -> None:
        # The address first: past its limit it cannot crowd other people's accounts out of what is remembered.
        self._count("sign_in_address", context, network)
        # By account only together with the address: nobody locks somebody else out.
        self._count("sign_in_account", context, account, network)

    def _count(self, name: str, context: Context, *whom: str) -> None:
        limit = self._limits.get(name)
        if limit is None:
            return
        window = self._windows[name].count(whom, limit.seconds, context.now)
        if window.count > limit.count:
            raise _refusal(name, window.ends_at - context.now)


def _refusal(name: str, seconds: int) -> TooManyRequests:
    return TooManyRequests("too many requests; wait and try again", reason=f"limit_{name}", retry_after=seconds)
