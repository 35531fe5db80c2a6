"""Whereby a token is had, and had again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from grantwell.sdk.errors import LoginRequiredError
from grantwell.sdk.login.stored_token import StoredToken
from grantwell.sdk.requests import Request
from grantwell.sdk.resources.tokens import TokenOperations
from grantwell.sdk.types import OAuthTokenResponse


class TokenSource(Protocol):
    """Whereby a token is had."""

    def request(self, kept: StoredToken | None, base_url: str) -> Request[OAuthTokenResponse]:
        """What to ask the server at this address; raises `LoginRequiredError` where there is nothing to ask with."""
        ...

    def received(self, kept: StoredToken | None, base_url: str, answer: OAuthTokenResponse, now: float) -> StoredToken:
        """What to keep of its answer."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """By the refresh token that is kept (RFC 6749, section 6). `client_secret` is the client's, if confidential."""

    client_secret: str | None = field(default=None, repr=False)

    def request(self, kept: StoredToken | None, base_url: str) -> Request[OAuthTokenResponse]:
        """The refresh.

        Raises:
            LoginRequiredError: no refresh token is kept, or another server's, which this one must not see.
        """
        if kept is None:
            raise LoginRequiredError("no token is kept: log in")
        if kept.base_url != base_url:
            raise LoginRequiredError(f"the token that is kept is from {kept.base_url}: log in to {base_url}")
        if kept.refresh_token is None:
            raise LoginRequiredError("the token has ended, and none to renew it is kept: log in again")
        return TokenOperations.token.request(
            grant_type="refresh_token",
            refresh_token=kept.refresh_token,
            client_id=kept.client_id,
            client_secret=self.client_secret,
            resource=kept.resource,
        )

    def received(self, kept: StoredToken | None, base_url: str, answer: OAuthTokenResponse, now: float) -> StoredToken:
        """The same token, renewed."""
        assert kept is not None, "request() came first"
        return kept.renewed(answer, now)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """By a program's own credentials (RFC 6749, section 4.4).

    Attributes:
        client_id: of the client.
        client_secret: of the client.
        scope: what for, separated by blanks.
        resource: whose tokens these shall be (RFC 8707).
    """

    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    resource: str | None = None

    def request(self, kept: StoredToken | None, base_url: str) -> Request[OAuthTokenResponse]:
        """Another token; the one that is kept plays no part."""
        return TokenOperations.token.request(
            grant_type="client_credentials",
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
            resource=self.resource,
        )

    def received(self, kept: StoredToken | None, base_url: str, answer: OAuthTokenResponse, now: float) -> StoredToken:
        """A new token."""
        return StoredToken.issued(answer, now, client_id=self.client_id, base_url=base_url, resource=self.resource)
