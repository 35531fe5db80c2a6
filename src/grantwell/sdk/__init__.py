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
    from grantwell.sdk.login.async_renewing_token import AsyncRenewingToken
    from grantwell.sdk.login.auth import AsyncTokenAuth, TokenAuth
    from grantwell.sdk.login.authorization_request import AuthorizationRequest
    from grantwell.sdk.login.file_storage import FileStorage
    from grantwell.sdk.login.keyring_storage import KeyringStorage
    from grantwell.sdk.login.log_in import log_in, log_out
    from grantwell.sdk.login.loopback import LoopbackReceiver
    from grantwell.sdk.login.renewing_token import RenewingToken
    from grantwell.sdk.login.storage import MemoryStorage, TokenStorage
    from grantwell.sdk.login.stored_token import StoredToken
    from grantwell.sdk.login.token_source import ClientCredentials, RefreshToken
    from grantwell.sdk.pagination import AsyncPage, Page
    from grantwell.sdk.raw_response import AsyncRawResponse, RawResponse
    from grantwell.sdk.requests import CallOptions

# Where each name lives.
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
    "AsyncRenewingToken": "login.async_renewing_token",
    "AsyncTokenAuth": "login.auth",
    "TokenAuth": "login.auth",
    "AuthorizationRequest": "login.authorization_request",
    "FileStorage": "login.file_storage",
    "KeyringStorage": "login.keyring_storage",
    "log_in": "login.log_in",
    "log_out": "login.log_in",
    "LoopbackReceiver": "login.loopback",
    "RenewingToken": "login.renewing_token",
    "MemoryStorage": "login.storage",
    "TokenStorage": "login.storage",
    "StoredToken": "login.stored_token",
    "ClientCredentials": "login.token_source",
    "RefreshToken": "login.token_source",
    "AsyncPage": "pagination",
    "Page": "pagination",
    "AsyncRawResponse": "raw_response",
    "RawResponse": "raw_response",
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
    "AsyncRawResponse",
    "AsyncRenewingToken",
    "AsyncTokenAuth",
    "AuthenticationError",
    "AuthorizationDeniedError",
    "AuthorizationRequest",
    "BadRequestError",
    "CallOptions",
    "CallbackError",
    "ClientCredentials",
    "ConflictError",
    "FileStorage",
    "Grantwell",
    "GrantwellError",
    "InternalServerError",
    "KeyringStorage",
    "LoginError",
    "LoginRequiredError",
    "LoopbackReceiver",
    "MemoryStorage",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "RefreshToken",
    "RenewingToken",
    "StoredToken",
    "TokenAuth",
    "TokenStorage",
    "UnprocessableEntityError",
    "log_in",
    "log_out",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Loads what is asked for (PEP 562)."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
        globals()[name] = value
        return value
