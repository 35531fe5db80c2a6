"""Refusals at the authorization endpoint, where a person looks on (RFC 6749 section 4.1.2.1)."""

from grantwell.protocol.errors import OAuthError


class AuthorizationPageError(OAuthError):
    """An authorization request that cannot be answered by redirect: a person reads why."""

    def __init__(self, status: int, error: str, description: str, *, reason: str) -> None:
        super().__init__(description, reason=reason)
        self.page_status = status
        self.page_error = error


class AuthorizationRedirectError(OAuthError):
    """An authorization request that is refused through its own, already trusted, redirect URI."""

    status = 302

    def __init__(self, location: str, description: str, *, reason: str) -> None:
        super().__init__(description, reason=reason)
        self.location = location


class UnsupportedResponseType(OAuthError):
    """The server does not know this response type."""

    error, status = "unsupported_response_type", 400


class RequestNotSupported(OAuthError):
    """Request objects are not read here (RFC 9101 section 6.3)."""

    error, status = "request_not_supported", 400


class InteractionRequired(OAuthError):
    """A person must be asked, and the client wants nobody to be asked."""

    error, status = "interaction_required", 400
