"""What lies between an attempt and the next, or the end: shared by both clients, which only send and wait."""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import httpx

from grantwell.sdk.errors import APIConnectionError, APITimeoutError
from grantwell.sdk.http_log import keep_secrets_out
from grantwell.sdk.raw_response import RawResponse
from grantwell.sdk.responses import is_an_end, status_error
from grantwell.sdk.retries import is_worth_repeating, pause_seconds

if TYPE_CHECKING:
    from httpx._client import UseClientDefault

    from grantwell.sdk.requests import Request

T = TypeVar("T")

# What became of an attempt: an answer, or why there is none.
Outcome: TypeAlias = httpx.Response | httpx.RequestError

log = logging.getLogger("grantwell.sdk")
keep_secrets_out()

# Of these the connection is to blame, and the next may be better. Others say that the request itself cannot be sent.
FAILURES_WORTH_REPEATING = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
# Of these the server never saw the request.
FAILURES_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def auth_for(
    request: Request[Any], http_request: httpx.Request, auth: httpx.Auth | None
) -> httpx.Auth | UseClientDefault:
    """What authenticates a request: the client's `auth`, unless the operation wants none or the call has its own."""
    if auth is None or not request.authenticated or "authorization" in http_request.headers:
        return httpx.USE_CLIENT_DEFAULT
    return auth


def pause_before_next(request: Request[Any], outcome: Outcome, retries: int, allowed: int) -> float | None:
    """How many seconds to wait before sending again, and a line in the log about it; None if this is the end.

    A request that may have taken effect already, and would take effect once more, is a warning in the log.
    """
    if retries >= allowed or not invites_another_try(outcome):
        return None
    headers = outcome.headers if isinstance(outcome, httpx.Response) else {}
    pause = pause_seconds(headers, retries, now=time.time(), luck=secrets.randbelow(1001) / 1000)
    harmless = request.repeatable or has_done_nothing(outcome)
    log.log(
        logging.INFO if harmless else logging.WARNING,
        "%s: %s, retry %d of %d in %.2f s%s",
        request.operation,
        type(outcome).__name__ if isinstance(outcome, Exception) else outcome.status_code,
        retries + 1,
        allowed,
        pause,
        "" if harmless else "; it may have taken effect already, and take effect twice",
    )
    return pause


def invites_another_try(outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.Response):
        return not outcome.is_success and is_worth_repeating(outcome.status_code, outcome.headers)
    return isinstance(outcome, FAILURES_WORTH_REPEATING)


def has_done_nothing(outcome: Outcome) -> bool:
    """Whether the request certainly has had no effect: it never arrived, or was refused."""
    if isinstance(outcome, httpx.Response):
        return outcome.is_client_error
    return isinstance(outcome, FAILURES_BEFORE_SENDING)


def finish(request: Request[T], outcome: Outcome, retries: int) -> RawResponse[T]:
    """The answer that the call ends with.

    Raises:
        APIStatusError: it says no.
        APIConnectionError: there is none.
    """
    if isinstance(outcome, httpx.Response):
        if is_an_end(request, outcome):
            return RawResponse(request, outcome, retries)
        raise status_error(request, outcome, retries + 1)
    raise connection_error(request, outcome, retries + 1) from (outcome if can_be_quoted(outcome) else None)


def connection_error(request: Request[Any], failure: httpx.RequestError, attempts: int) -> APIConnectionError:
    is_late = isinstance(failure, httpx.TimeoutException)
    cls, words = (APITimeoutError, "no answer in time") if is_late else (APIConnectionError, "no answer")
    text = f": {failure}" if can_be_quoted(failure) and not is_late else ""
    return cls(
        f"{words} ({type(failure).__name__}{text})",
        operation=request.operation,
        request=request_of(failure),
        attempts=attempts,
    )


def request_of(failure: httpx.RequestError) -> httpx.Request | None:
    try:
        return failure.request
    except RuntimeError:
        return None


def can_be_quoted(failure: httpx.RequestError) -> bool:
    """Whether its text may be shown. Where a header cannot be written that is the header, credentials and all."""
    return not isinstance(failure, httpx.LocalProtocolError | httpx.UnsupportedProtocol)
