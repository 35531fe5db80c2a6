"""`client.oauth_clients`: the applications that may ask for tokens."""

from collections.abc import Sequence
from typing import Unpack

from grantwell.sdk.calls import Awaiting, AwaitingRaw, Blocking, BlockingRaw, listing, operation
from grantwell.sdk.pagination import Listed, as_listed
from grantwell.sdk.requests import CallOptions, Request, path_with
from grantwell.sdk.responses import as_json, as_nothing
from grantwell.sdk.types import ClientType, Data, GrantType, OAuthClient


class OAuthClientsOperations:
    @listing
    def list(
        self,
        *,
        filter_allowed_grant_types_contains: GrantType | None = None,
        filter_client_id: str | None = None,
        filter_client_type: ClientType | None = None,
        filter_name: str | None = None,
        filter_name_contains: str | None = None,
        filter_verified: bool | None = None,
        page_number: int | None = None,
        page_size: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[Listed[OAuthClient]]:
        """The clients of the caller's organization that pass every filter.

        Args:
            filter_allowed_grant_types_contains: those that may use this grant type.
            filter_client_id: the one with this id.
            filter_client_type: those of this type.
            filter_name: those with exactly this name.
            filter_name_contains: those with this in their name.
            filter_verified: those that are verified, or are not.
            page_number: which page to begin with, from 1.
            page_size: how many on a page, 1 to 100; 20 if not said.
            options: see `CallOptions`.
        """
        query = {
            "filter[allowed_grant_types][contains]": filter_allowed_grant_types_contains,
            "filter[client_id]": filter_client_id,
            "filter[client_type]": filter_client_type,
            "filter[name]": filter_name,
            "filter[name][contains]": filter_name_contains,
            "filter[verified]": filter_verified,
            "page[number]": page_number,
            "page[size]": page_size,
        }
        return Request(
            "oauth_clients.list", "GET", "/oauth_clients", as_listed(OAuthClient), query=query, options=options
        )

    @operation
    def create(
        self,
        *,
        name: str,
        allowed_scopes: Sequence[str],
        client_type: ClientType,
        allowed_grant_types: Sequence[GrantType],
        redirect_uris: Sequence[str] | None = None,
        require_pkce: bool | None = None,
        logo_uri: str | None = None,
        policy_uri: str | None = None,
        tos_uri: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[Data[OAuthClient]]:
        """Makes a client. A confidential one's `client_secret` is in this answer and in no later one.

        Repeated after a lost answer (`max_retries`), it may make two; a warning is logged when that can have happened.

        Args:
            name: what people are shown.
            allowed_scopes: what it may ask for.
            client_type: `confidential` if it can keep a secret, else `public`.
            allowed_grant_types: how it may get tokens.
            redirect_uris: where people may be sent back to; needed for `authorization_code`.
            require_pkce: whether PKCE (RFC 7636) is required of a confidential one too; not so if not said.
            logo_uri: address of its logo.
            policy_uri: address of its privacy policy.
            tos_uri: address of its terms of service.
            options: see `CallOptions`.
        """
        body = {
            "name": name,
            "allowed_scopes": allowed_scopes,
            "client_type": client_type,
            "allowed_grant_types": allowed_grant_types,
            "redirect_uris": redirect_uris,
            "require_pkce": require_pkce,
            "logo_uri": logo_uri,
            "policy_uri": policy_uri,
            "tos_uri": tos_uri,
        }
        read = as_json(Data[OAuthClient])
        return Request(
            "oauth_clients.create", "POST", "/oauth_clients", read, body=body, repeatable=False, options=options
        )

    @operation
    def retrieve(self, id: str, **options: Unpack[CallOptions]) -> Request[Data[OAuthClient]]:  # noqa: A002 -- the official SDK's name for it
        """A client; one of another organization is a `NotFoundError`.

        Args:
            id: its `client_id`.
            options: see `CallOptions`.
        """
        path = path_with("/oauth_clients/{}", "id", id)
        return Request("oauth_clients.retrieve", "GET", path, as_json(Data[OAuthClient]), options=options)

    @operation
    def update(
        self,
        id: str,  # noqa: A002 -- the official SDK's name for it
        *,
        name: str | None = None,
        allowed_scopes: Sequence[str] | None = None,
        allowed_grant_types: Sequence[GrantType] | None = None,
        redirect_uris: Sequence[str] | None = None,
        require_pkce: bool | None = None,
        logo_uri: str | None = None,
        policy_uri: str | None = None,
        tos_uri: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[Data[OAuthClient]]:
        """Changes what is given of a client, and leaves the rest.

        Args:
            id: its `client_id`.
            name: what people are shown.
            allowed_scopes: what it may ask for.
            allowed_grant_types: how it may get tokens.
            redirect_uris: where people may be sent back to; all of them.
            require_pkce: whether PKCE (RFC 7636) is required of a confidential one too.
            logo_uri: address of its logo.
            policy_uri: address of its privacy policy.
            tos_uri: address of its terms of service.
            options: see `CallOptions`.
        """
        body = {
            "name": name,
            "allowed_scopes": allowed_scopes,
            "allowed_grant_types": allowed_grant_types,
            "redirect_uris": redirect_uris,
            "require_pkce": require_pkce,
            "logo_uri": logo_uri,
            "policy_uri": policy_uri,
            "tos_uri": tos_uri,
        }
        path = path_with("/oauth_clients/{}", "id", id)
        return Request("oauth_clients.update", "PUT", path, as_json(Data[OAuthClient]), body=body, options=options)

    @operation
    def delete(self, id: str, **options: Unpack[CallOptions]) -> Request[None]:  # noqa: A002 -- the official SDK's name for it
        """Removes a client for good; its grants and tokens end with it.

        Args:
            id: its `client_id`.
            options: see `CallOptions`.
        """
        path = path_with("/oauth_clients/{}", "id", id)
        return Request("oauth_clients.delete", "DELETE", path, as_nothing, accept="*/*", options=options)


class OAuthClientsWithRawResponse(OAuthClientsOperations, BlockingRaw):
    """The same operations, each returning the answer as it came."""


class AsyncOAuthClientsWithRawResponse(OAuthClientsOperations, AwaitingRaw):
    """The same operations, each returning the answer as it came."""


class OAuthClients(OAuthClientsOperations, Blocking):
    """The applications that may ask for tokens."""

    @property
    def with_raw_response(self) -> OAuthClientsWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return OAuthClientsWithRawResponse(self._connection)


class AsyncOAuthClients(OAuthClientsOperations, Awaiting):
    """The applications that may ask for tokens."""

    @property
    def with_raw_response(self) -> AsyncOAuthClientsWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return AsyncOAuthClientsWithRawResponse(self._connection)
