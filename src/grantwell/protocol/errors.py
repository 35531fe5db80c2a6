"""Every refusal, one class a registered code.

    OAuthError
      InvalidRequest             400  RFC 6749 5.2
      InvalidGrant               400  RFC 6749 5.2
      UnauthorizedClient         400  RFC 6749 5.2
      UnsupportedGrantType       400  RFC 6749 5.2
      InvalidScope               400  RFC 6749 5.2
      InvalidTarget              400  RFC 8707 2
      InvalidRedirectURI         400  RFC 7591 3.2.2
      InvalidClientMetadata      400  RFC 7591 3.2.2
      InvalidClient              401  RFC 6749 5.2
      InvalidToken               401  RFC 6750 3.1
      AccessDenied               403  RFC 6749 4.1.2.1
      InsufficientScope          403  RFC 6750 3.1
      NotFound                   404
      MethodNotAllowed           405
      BodyTooLarge               413
      UnsupportedMediaType       415
      MisdirectedRequest         421
      Unprocessable              422
      TooManyRequests            429
      TemporarilyUnavailable     503

Those of the authorization endpoint are in `authorization_errors`.
`description` is public: it names what is wrong and never repeats raw input. `reason` is the stable code for logs,
audit and documentation. `changes` are the consequences of a refusal; the driver applies them like those of a success.
"""

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

if TYPE_CHECKING:
    from grantwell.protocol.changes import Change
    from grantwell.protocol.refused_request import RefusedRequest

MAXIMUM_PROBLEMS = 50  # an answer does not grow with the number of mistakes


class Problem(Struct, frozen=True):
    """One thing that is wrong with one field of a request; `field` is its name as the caller wrote it."""

    field: str
    message: str


class OAuthError(Exception):
    """A request that is refused."""

    error: ClassVar[str] = "server_error"
    status: ClassVar[int] = 500

    def __init__(
        self, description: str, *, reason: str, changes: "tuple[Change, ...]" = (), problems: tuple[Problem, ...] = ()
    ) -> None:
        super().__init__(description)
        self.description = description
        self.reason = reason
        self.changes = changes
        self.problems = problems[:MAXIMUM_PROBLEMS]
        self.refused: RefusedRequest | None = None  # what its client's developer may read of it later


class InvalidRequest(OAuthError):
    """The request misses a parameter, repeats one, or is otherwise malformed."""

    error, status = "invalid_request", 400


class InvalidGrant(OAuthError):
    """The code or refresh token is unknown, used, expired, revoked, or another client's."""

    error, status = "invalid_grant", 400


class UnauthorizedClient(OAuthError):
    """The client may not use this grant type."""

    error, status = "unauthorized_client", 400


class UnsupportedGrantType(OAuthError):
    """The server does not know this grant type."""

    error, status = "unsupported_grant_type", 400


class InvalidScope(OAuthError):
    """The scope is unknown, malformed, or beyond what the client may ask for."""

    error, status = "invalid_scope", 400


class InvalidTarget(OAuthError):
    """The resource is malformed, unknown, or not the one that was approved (RFC 8707 section 2)."""

    error, status = "invalid_target", 400


class InvalidRedirectURI(OAuthError):
    """A redirect URI of a registration is refused."""

    error, status = "invalid_redirect_uri", 400


class InvalidClientMetadata(OAuthError):
    """A field of a registration is refused; `problems` names each."""

    error, status = "invalid_client_metadata", 400


class InvalidClient(OAuthError):
    """Client authentication failed. `basic` says that the client tried HTTP Basic and so gets that challenge."""

    error, status = "invalid_client", 401

    def __init__(self, description: str, *, reason: str, basic: bool = False) -> None:
        super().__init__(description, reason=reason)
        self.basic = basic


class InvalidToken(OAuthError):
    """The bearer is missing, unknown, expired or revoked. Without any credential the challenge names no error."""

    error, status = "invalid_token", 401


class AccessDenied(OAuthError):
    """Who is calling is known, and may not do this."""

    error, status = "access_denied", 403


class InsufficientScope(OAuthError):
    """The credential does not carry the right to do this."""

    error, status = "insufficient_scope", 403


class NotFound(OAuthError):
    """There is no such thing, or it belongs to somebody else: the two are not told apart."""

    error, status = "not_found", 404


class MethodNotAllowed(OAuthError):
    """The path exists and does not know this method. `allow` lists the ones that it knows."""

    error, status = "method_not_allowed", 405

    def __init__(self, description: str, *, reason: str, allow: str) -> None:
        super().__init__(description, reason=reason)
        self.allow = allow


class BodyTooLarge(OAuthError):
    """The body is larger than any valid request."""

    error, status = "invalid_request", 413


class UnsupportedMediaType(OAuthError):
    """The body's content type is not one that the operation reads."""

    error, status = "invalid_request", 415


class MisdirectedRequest(OAuthError):
    """The Host header names another server."""

    error, status = "invalid_request", 421


class Unprocessable(OAuthError):
    """The request is well formed and one of its values is not acceptable; `problems` names each."""

    error, status = "invalid_request", 422


class TooManyRequests(OAuthError):
    """A limit is reached. `retry_after` is in seconds, at most 60, which is the longest that SDKs honour."""

    error, status = "too_many_requests", 429

    def __init__(self, description: str, *, reason: str, retry_after: int) -> None:
        super().__init__(description, reason=reason)
        self.retry_after = max(1, min(retry_after, 60))


class TemporarilyUnavailable(OAuthError):
    """Nothing was consumed; the same request may be sent again after `Retry-After: 1`."""

    error, status = "temporarily_unavailable", 503
