"""Refusals on the wire: JSON in the dialect of the operation, a redirect, or a page."""

from collections.abc import Callable, Mapping
from typing import Any

from grantwell.protocol.authorization_errors import AuthorizationPageError, AuthorizationRedirectError
from grantwell.protocol.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    MethodNotAllowed,
    OAuthError,
    Problem,
    TemporarilyUnavailable,
    TooManyRequests,
)
from grantwell.protocol.operation import BEARER_SECURITY, Operation
from grantwell.protocol.outcome import Reply

NO_STORE = ("Cache-Control", "no-store")
# What the platform's catalogue calls these statuses (its codes are strings).
CATALOGUE = {
    400: ("10015", "Bad Request"),
    401: ("10009", "Authentication failed"),
    403: ("10010", "Authorization failed"),
    404: ("10005", "Resource not found"),
    405: ("10015", "Method not allowed"),
    413: ("10015", "Content too large"),
    415: ("10014", "Unsupported Media Type"),
    421: ("10015", "Misdirected request"),
    422: ("10027", "Unprocessable entity"),
    429: ("10011", "Too many requests"),
    500: ("10007", "Unexpected error"),
    503: ("10007", "Temporarily unavailable"),
}
# The HTML of a refusal, of its request the id, query string and headers: they tell in which language.
PageOf = Callable[[AuthorizationPageError, str, bytes, Mapping[bytes, bytes]], str]


class ServerError(OAuthError):
    """A bug: logged with its request id, told without detail."""

    error, status = "server_error", 500


def for_a_person(error: OAuthError, operation: Operation | None) -> AuthorizationPageError | None:
    """The page that tells a person of a refusal at the authorization endpoint; None where it is told otherwise."""
    if isinstance(error, AuthorizationPageError):
        return error
    if operation is None or operation.operation_id != "AuthorizeOAuth" or isinstance(error, AuthorizationRedirectError):
        return None
    return AuthorizationPageError(error.status, error.error, error.description, reason=error.reason)


def error_reply(error: OAuthError, operation: Operation | None, issuer: str, page: str) -> Reply:
    """The reply for a refusal. `page` is the HTML for one that a person reads, made beforehand; else it is empty."""
    if isinstance(error, AuthorizationRedirectError):
        return Reply(302, None, (("Location", error.location), NO_STORE))
    if page:
        headers = (NO_STORE, ("Content-Security-Policy", PAGE_POLICY), ("Referrer-Policy", "no-referrer"))
        status = error.page_status if isinstance(error, AuthorizationPageError) else error.status
        return Reply(status, page.encode(), (*headers, *_headers(error, issuer)), "text/html; charset=utf-8")
    return Reply(error.status, _body(error, operation), (NO_STORE, *_headers(error, issuer)))


PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"


def describe(text: str) -> str:
    """Keep a description within the characters that RFC 6749 section 5.2 allows."""
    return "".join(char if "\x20" <= char <= "\x7e" and char not in '"\\' else "?" for char in text)


def _body(error: OAuthError, operation: Operation | None) -> dict[str, Any]:
    body: dict[str, Any] = {"error": error.error, "error_description": describe(error.description)}
    if operation is not None and operation.operation_id == "RegisterOAuthClient" and error.status == 400:
        body["invalid_fields"] = _by_field(error.problems)
    elif operation is None or operation.security in BEARER_SECURITY:
        body["errors"] = _catalogued(error)
    return body


def _by_field(problems: tuple[Problem, ...]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for problem in problems:
        fields.setdefault(problem.field, []).append(problem.message)
    return fields


def _catalogued(error: OAuthError) -> list[dict[str, Any]]:
    code, title = CATALOGUE[error.status]
    if not error.problems:
        return [{"code": code, "title": title, "detail": error.description}]
    return [
        {"code": code, "title": title, "detail": f"{problem.field} {problem.message}", "source": _source(problem)}
        for problem in error.problems
    ]


def _source(problem: Problem) -> dict[str, str]:
    """A JSON pointer into the body, or the name of a query parameter; those with brackets are of the query."""
    if "[" in problem.field:
        return {"parameter": problem.field}
    return {"pointer": f"/{problem.field.replace('~', '~0').replace('/', '~1')}"}


def _headers(error: OAuthError, issuer: str) -> tuple[tuple[str, str], ...]:
    if isinstance(error, InvalidClient) and error.basic:
        return (("WWW-Authenticate", f'Basic realm="{issuer}", charset="UTF-8"'),)
    if isinstance(error, (InvalidToken, InvalidClient, InsufficientScope)):
        return (("WWW-Authenticate", _bearer_challenge(error, issuer)),)
    if isinstance(error, MethodNotAllowed):
        return (("Allow", error.allow),)
    if isinstance(error, TooManyRequests):
        return (("Retry-After", str(error.retry_after)),)
    if isinstance(error, TemporarilyUnavailable):
        return (("Retry-After", "1"),)
    return ()


def _bearer_challenge(error: OAuthError, issuer: str) -> str:
    """RFC 6750 section 3 with RFC 9728 section 5.1; who sent nothing is told no error."""
    challenge = f'Bearer resource_metadata="{issuer}/.well-known/oauth-protected-resource"'
    if isinstance(error, InvalidClient) or error.reason == "bearer_missing":
        return challenge
    return f'{challenge}, error="{error.error}", error_description="{describe(error.description)}"'
