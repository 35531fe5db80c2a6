"""`client.oauth`: authorization and tokens."""

from grantwell.sdk.calls import Awaiting, AwaitingRaw, Blocking, BlockingRaw
from grantwell.sdk.resources.authorization import AuthorizationOperations
from grantwell.sdk.resources.logins import LoginOperations
from grantwell.sdk.resources.tokens import TokenOperations


class OAuthOperations(AuthorizationOperations, TokenOperations, LoginOperations):
    """Authorization and tokens."""


class OAuthWithRawResponse(OAuthOperations, BlockingRaw):
    """The same operations, each returning the answer as it came."""


class AsyncOAuthWithRawResponse(OAuthOperations, AwaitingRaw):
    """The same operations, each returning the answer as it came."""


class OAuth(OAuthOperations, Blocking):
    """Authorization and tokens."""

    @property
    def with_raw_response(self) -> OAuthWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return OAuthWithRawResponse(self._connection)


class AsyncOAuth(OAuthOperations, Awaiting):
    """Authorization and tokens."""

    @property
    def with_raw_response(self) -> AsyncOAuthWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return AsyncOAuthWithRawResponse(self._connection)
