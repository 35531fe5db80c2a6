"""The Python SDK: calls a Grantwell, or Telnyx, OAuth API. Its names are those of the official Telnyx SDK.

    from grantwell.sdk import Grantwell

    with Grantwell(api_key="...", base_url="https://auth.example.com/v2") as client:
        for oauth_client in client.oauth_clients.list():
            print(oauth_client.name)

What is named here is loaded when it is first used: importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grantwell.sdk.async_client import AsyncGrantwell
    from grantwell.sdk.client import Grantwell
    from grantwell.sdk.errors import (
        APIConnectionError,
        APIError,
        APIResponseValidationError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        AuthorizationDeniedError,
        BadRequestError,
        CallbackError,
        ConflictError,
        GrantwellError,
        InternalServerError,
        LoginError,
        LoginRequiredError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        UnprocessableEntityError,
    )
    from grantwell.sdk.pagination import (
        AsyncPage,
        Page,
    )
    from grantwell.sdk.requests import (
        CallOptions,
    )
    from grantwell.sdk.responses import (
        RawResponse,
    )

HOMES = {
    "AsyncGrantwell": "async_client",
    "Grantwell": "client",
    "APIConnectionError": "errors",
    "APIError": "errors",
    "APIResponseValidationError": "errors",
    "APIStatusError": "errors",
    "APITimeoutError": "errors",
    "AuthenticationError": "errors",
    "AuthorizationDeniedError": "errors",
    "BadRequestError": "errors",
    "CallbackError": "errors",
    "ConflictError": "errors",
    "GrantwellError": "errors",
    "InternalServerError": "errors",
    "LoginError": "errors",
    "LoginRequiredError": "errors",
    "NotFoundError": "errors",
    "PermissionDeniedError": "errors",
    "RateLimitError": "errors",
    "UnprocessableEntityError": "errors",
    "AsyncPage": "pagination",
    "Page": "pagination",
    "RawResponse": "responses",
    "CallOptions": "requests",
}

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncGrantwell",
    "AsyncPage",
    "AuthenticationError",
    "AuthorizationDeniedError",
    "BadRequestError",
    "CallOptions",
    "CallbackError",
    "ConflictError",
    "Grantwell",
    "GrantwellError",
    "InternalServerError",
    "LoginError",
    "LoginRequiredError",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "UnprocessableEntityError",
]


def __getattr__(name: str) -> object:
    """Loads what is asked for (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    globals()[name] = value
    return value
