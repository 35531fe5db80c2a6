"""Why a page refuses, in one stable code. Whoever serves the pages counts and logs it.

It is told where a page refuses, and not where the server refused one of its calls: a page may be shown nevertheless, or
refuse for a reason of its own.
"""

from starlette.requests import HTTPConnection

from grantwell.sdk import APIError

# Beside an answer of the server: its body tells what a client may know, and no reason.
EXTENSION = "grantwell_reason"


def tell_reason(request: HTTPConnection, reason: str) -> None:
    """Let the scope's state say why this request is refused."""
    request.scope.setdefault("state", {})["reason"] = reason


def reason_of(error: APIError) -> str:
    """Why the server refused a call; empty where it did not say, or there was no answer."""
    response = getattr(error, "response", None)
    return str(response.extensions.get(EXTENSION, "")) if response is not None else ""
