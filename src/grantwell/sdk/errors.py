"""What can go wrong, one class a kind. The names are those of the official SDK, so that `except` clauses move over.

    GrantwellError
    ├── APIError                        a call that did not bring what was asked for
    │   ├── APIConnectionError          no answer: refused, reset, not a valid one
    │   │   └── APITimeoutError         no answer in time
    │   ├── APIResponseValidationError  an answer of 2xx that is not what the operation returns
    │   └── APIStatusError              an answer that says no
    │       ├── BadRequestError             400
    │       ├── AuthenticationError         401
    │       ├── PermissionDeniedError       403
    │       ├── NotFoundError               404
    │       ├── ConflictError               409
    │       ├── UnprocessableEntityError    422
    │       ├── RateLimitError              429
    │       └── InternalServerError         500 and above
    └── LoginError                      a login that cannot go on
        ├── CallbackError               what came back to the redirect URI is not the answer to this request
        │   └── AuthorizationDeniedError    it is, and says `error`
        └── LoginRequiredError          no usable token, and none to be had without the person

No text of any of them holds a secret: neither headers, nor bodies sent, nor addresses with a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class GrantwellError(Exception):
    """Whatever this package raises on purpose, but for `ValueError` about arguments that cannot be sent."""

    def __reduce__(self) -> tuple[Any, ...]:
        """How it goes to another process, as from a worker of a pool: whole, and not made anew from its text."""
        return revived, (type(self), self.args, self.__dict__)


def revived(cls: type[GrantwellError], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> GrantwellError:
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(attributes)
    return error


class APIError(GrantwellError):
    """A call that did not bring what was asked for.

    Attributes:
        message: its text.
        operation: which call, as in `oauth.token`.
        request: what was sent, credentials and all; None where nothing could be.
        body: the answer's body: decoded where it was JSON, else its text; None without an answer.
        attempts: how many times it was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        request: httpx.Request | None = None,
        body: object = None,
        attempts: int = 1,
    ) -> None:
        again = f" (after {attempts} attempts)" if attempts > 1 else ""
        self.message = f"{operation}: {message}{again}"
        super().__init__(self.message)
        self.operation = operation
        self.request = request
        self.body = body
        self.attempts = attempts


class APIConnectionError(APIError):
    """No answer came: the name is unknown, the connection was refused or lost, or what came was not HTTP."""


class APITimeoutError(APIConnectionError):
    """No answer came within `timeout`."""


class APIResponseValidationError(APIError):
    """The answer says that all is well, but is not what the operation returns. `response` is the whole of it."""

    def __init__(self, message: str, *, operation: str, response: httpx.Response, body: object, attempts: int) -> None:
        super().__init__(message, operation=operation, request=response.request, body=body, attempts=attempts)
        self.response = response
        self.status_code = response.status_code


class APIStatusError(APIError):
    """The answer says no.

    Attributes:
        status_code: its HTTP status.
        error: its `error` (RFC 6749, section 5.2), such as `invalid_grant`; None where there is none.
        error_description: its `error_description`, or the detail of the first of `errors`.
        request_id: its `X-Request-Id`: what to tell whoever runs the server.
        response: all of it.
    """

    def __init__(self, message: str, *, operation: str, response: httpx.Response, body: object, attempts: int) -> None:
        super().__init__(message, operation=operation, request=response.request, body=body, attempts=attempts)
        fields = body if isinstance(body, dict) else {}
        self.response = response
        self.status_code = response.status_code
        self.request_id = response.headers.get("x-request-id")
        self.error = text_or_none(fields.get("error"))
        self.error_description = text_or_none(fields.get("error_description")) or first_detail(fields)


class BadRequestError(APIStatusError):
    """400: the request is wrong; at the token endpoint `error` says how."""


class AuthenticationError(APIStatusError):
    """401: the API key, the token or the client credentials are missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: they are right, but do not allow this."""


class NotFoundError(APIStatusError):
    """404: no such thing, or it is somebody else's."""


class ConflictError(APIStatusError):
    """409: something else was faster."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed, but a value in it cannot be accepted."""


class RateLimitError(APIStatusError):
    """429: too many requests. The wait that the server asked for is in `response.headers["retry-after"]`."""


class InternalServerError(APIStatusError):
    """500 and above: the server or something before it failed."""


class LoginError(GrantwellError):
    """A login that cannot go on."""


class CallbackError(LoginError):
    """What came back to the redirect URI is not the answer to this authorization request; do not use it."""


class AuthorizationDeniedError(CallbackError):
    """The server's answer to this authorization request is an error (RFC 6749, section 4.1.2.1).

    Attributes:
        error: its code, such as `access_denied`.
        error_description: its text; may be empty.
    """

    def __init__(self, error: str, error_description: str = "") -> None:
        super().__init__(f"authorization failed: {error}" + (f": {error_description}" if error_description else ""))
        self.error = error
        self.error_description = error_description


class LoginRequiredError(LoginError):
    """There is no usable token, and none to be had without the person: log in (again)."""


BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_for(status_code: int) -> type[APIStatusError]:
    """The class for an HTTP status that says no."""
    return InternalServerError if status_code >= 500 else BY_STATUS.get(status_code, APIStatusError)


def text_or_none(value: object) -> str | None:
    """The value where it is a string."""
    return value if isinstance(value, str) else None


def first_detail(fields: dict[str, object]) -> str | None:
    """The detail, or title, of the first entry of Telnyx's `errors`."""
    match fields.get("errors"):
        case [{"detail": str(detail)}, *_]:
            return detail
        case [{"title": str(title)}, *_]:
            return title
    return None
