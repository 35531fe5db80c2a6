"""`client.well_known`: what the server says of itself."""

from typing import Unpack

from grantwell.sdk.calls import Awaiting, AwaitingRaw, Blocking, BlockingRaw, operation
from grantwell.sdk.requests import CallOptions, Request
from grantwell.sdk.responses import as_json
from grantwell.sdk.types import (
    WellKnownRetrieveAuthorizationServerMetadataResponse,
    WellKnownRetrieveProtectedResourceMetadataResponse,
)


class WellKnownOperations:
    @operation
    def retrieve_authorization_server_metadata(
        self, **options: Unpack[CallOptions]
    ) -> Request[WellKnownRetrieveAuthorizationServerMetadataResponse]:
        """Authorization server metadata (RFC 8414): the endpoints and what they can do.

        Args:
            options: see `CallOptions`.
        """
        return Request(
            "well_known.retrieve_authorization_server_metadata",
            "GET",
            "/.well-known/oauth-authorization-server",
            as_json(WellKnownRetrieveAuthorizationServerMetadataResponse),
            authenticated=False,
            options=options,
        )

    @operation
    def retrieve_protected_resource_metadata(
        self, **options: Unpack[CallOptions]
    ) -> Request[WellKnownRetrieveProtectedResourceMetadataResponse]:
        """Protected resource metadata (RFC 9728): whose tokens the API accepts.

        Args:
            options: see `CallOptions`.
        """
        return Request(
            "well_known.retrieve_protected_resource_metadata",
            "GET",
            "/.well-known/oauth-protected-resource",
            as_json(WellKnownRetrieveProtectedResourceMetadataResponse),
            authenticated=False,
            options=options,
        )


class WellKnownWithRawResponse(WellKnownOperations, BlockingRaw):
    """The same operations, each returning the answer as it came."""


class AsyncWellKnownWithRawResponse(WellKnownOperations, AwaitingRaw):
    """The same operations, each returning the answer as it came."""


class WellKnown(WellKnownOperations, Blocking):
    """What the server says of itself."""

    @property
    def with_raw_response(self) -> WellKnownWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return WellKnownWithRawResponse(self._connection)


class AsyncWellKnown(WellKnownOperations, Awaiting):
    """What the server says of itself."""

    @property
    def with_raw_response(self) -> AsyncWellKnownWithRawResponse:
        """The same operations, each returning the answer as it came: status, headers, and `parse()`."""
        return AsyncWellKnownWithRawResponse(self._connection)
