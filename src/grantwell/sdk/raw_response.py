"""Answers as they came, with their status and headers; the names are the official SDK's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grantwell.sdk.decoding import UnexpectedShape
from grantwell.sdk.errors import APIResponseValidationError, text_or_none
from grantwell.sdk.responses import body_of

if TYPE_CHECKING:
    import httpx

    from grantwell.sdk.requests import Request

T = TypeVar("T")


class AnyRawResponse(Generic[T]):
    """What both kinds share.

    Attributes:
        http_response: all of it.
        retries_taken: how many times the request was sent before the one that brought it.
    """

    def __init__(self, request: Request[T], http_response: httpx.Response, retries_taken: int) -> None:
        self._request = request
        self.http_response = http_response
        self.retries_taken = retries_taken

    @property
    def status_code(self) -> int:
        """Its HTTP status."""
        return self.http_response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """Its headers; names may be written either way."""
        return self.http_response.headers

    @property
    def request_id(self) -> str | None:
        """Its `X-Request-Id`."""
        return text_or_none(self.http_response.headers.get("x-request-id"))

    def _parse(self) -> T:
        try:
            return self._request.read(self.http_response)
        except UnexpectedShape as unexpected:
            raise APIResponseValidationError(
                str(unexpected),
                operation=self._request.operation,
                response=self.http_response,
                body=body_of(self.http_response),
                attempts=self.retries_taken + 1,
            ) from None


class RawResponse(AnyRawResponse[T]):
    """An answer of 2xx as it came to a blocking client."""

    def parse(self) -> T:
        """The operation's result.

        Raises:
            APIResponseValidationError: the answer is not what the operation returns.
        """
        return self._parse()

    def text(self) -> str:
        """Its body."""
        return self.http_response.text

    def json(self) -> Any:
        """Its body, decoded from JSON and otherwise as it came."""
        return self.http_response.json()


class AsyncRawResponse(AnyRawResponse[T]):
    """An answer of 2xx as it came to an asynchronous client. All of it is there; to await is the official SDK's way."""

    async def parse(self) -> T:
        """The operation's result.

        Raises:
            APIResponseValidationError: the answer is not what the operation returns.
        """
        return self._parse()

    async def text(self) -> str:
        """Its body."""
        return self.http_response.text

    async def json(self) -> Any:
        """Its body, decoded from JSON and otherwise as it came."""
        return self.http_response.json()
