"""`client.oauth_grants`: which clients a person has let in."""

from typing import Unpack

from grantwell.sdk.calls import Awaiting, AwaitingRaw, Blocking, BlockingRaw, listing, operation
from grantwell.sdk.pagination import Listed, as_listed
from grantwell.sdk.requests import CallOptions, Request, path_with
from grantwell.sdk.responses import as_json
from grantwell.sdk.types import Data, OAuthGrant


class OAuthGrantsOperations:
    @listing
    def list(
        self, *, page_number: int | None = None, page_size: int | None = None, **options: Unpack[CallOptions]
    ) -> Request[Listed[OAuthGrant]]:
        """The caller's grants.

        Args:
            page_number: which page to begin with, from 1.
            page_size: how many on a page, 1 to 100; 20 if not said.
            options: see `CallOptions`.
        """
        return Request(
            "oauth_grants.list",
            "GET",
            "/oauth_grants",
            as_listed(OAuthGrant),
            query={"page[number]": page_number, "page[size]": page_size},
            options=options,
        )

    @operation
    def retrieve(self, id: str, **options: Unpack[CallOptions]) -> Request[Data[OAuthGrant]]:  # noqa: A002 -- the official SDK's name for it
        """One of the caller's grants; another's is a `NotFoundError`.

        Args:
            id: of the grant.
            options: see `CallOptions`.
        """
        path = path_with("/oauth_grants/{}", "id", id)
        return Request("oauth_grants.retrieve", "GET", path, as_json(Data[OAuthGrant]), options=options)

    @operation
    def delete(self, id: str, **options: Unpack[CallOptions]) -> Request[Data[OAuthGrant]]:  # noqa: A002 -- the official SDK's name for it
        """Revokes a grant, and with it every token that the client holds by it; returns it as it was.

        Args:
            id: of the grant.
            options: see `CallOptions`.
        """
        path = path_with("/oauth_grants/{}", "id", id)
        return Request("oauth_grants.delete", "DELETE", path, as_json(Data[OAuthGrant]), options=options)


class OAuthGrantsWithRawResponse(OAuthGrantsOperations, BlockingRaw):
    """The same operations, each returning the answer as it came."""


class AsyncOAuthGrantsWithRawResponse(OAuthGrantsOperations, AwaitingRaw):
    """The same operations, each returning the answer as it came."""


class OAuthGrants(OAuthGrantsOperations, Blocking):
    """Which clients a person has let in."""

    @property
    def with_raw_response(self) -> OAuthGrantsWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return OAuthGrantsWithRawResponse(self._connection)


class AsyncOAuthGrants(OAuthGrantsOperations, Awaiting):
    """Which clients a person has let in."""

    @property
    def with_raw_response(self) -> AsyncOAuthGrantsWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return AsyncOAuthGrantsWithRawResponse(self._connection)
