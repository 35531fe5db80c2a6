"""When a page cannot do what was asked: a page that says what is wrong and what to do; JSON for whoever reads that."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grantwell.pages.rendering import HEADERS, page
from grantwell.sdk import APIError, RateLimitError, UnprocessableEntityError

UNAVAILABLE = ("This server cannot answer right now", "Nothing was changed. Try again in a moment.")
NOT_FOUND = ("There is nothing here", "The address may be mistyped, or the page may have moved.")
# The platform's catalogue codes, as the API's own 404 and 405 bear them.
CATALOGUE = {
    404: ("not_found", "10005", "Resource not found"),
    405: ("method_not_allowed", "10015", "Method not allowed"),
}


class PageError(Exception):
    """A request that a page refuses: a title, a sentence or two, and perhaps a path of ours that leads on."""

    def __init__(self, status: int, title: str, message: str, *, then: tuple[str, str] | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.message = message
        self.then = then


async def answer_page_error(request: Request, error: Exception) -> Response:
    """The page for a refusal."""
    assert isinstance(error, PageError)
    return _error_page(request, error.status, error.title, error.message, then=error.then)


async def answer_sdk_error(request: Request, error: Exception) -> Response:
    """The page for a call to the server that failed, where no page knew better."""
    assert isinstance(error, APIError)
    if isinstance(error, RateLimitError):
        seconds = retry_after(error)
        message = f"There were too many requests. Try again {in_seconds(seconds)}."
        return _error_page(request, 429, "Please wait a moment", message, {"Retry-After": str(seconds)})
    if isinstance(error, UnprocessableEntityError):
        return _error_page(request, 422, "That cannot be done", sentence(error.error_description or "It is not valid"))
    return _error_page(request, 503, *UNAVAILABLE, {"Retry-After": "1"})


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """404 and 405: a page for a browser, JSON for a program. What a path allows may always be asked."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if request.method == "OPTIONS" and error.status_code == 405:
        return Response(None, 204, {**HEADERS, **headers})
    if "text/html" in request.headers.get("accept", ""):
        title, message = NOT_FOUND if error.status_code == 404 else ("That cannot be done here", error.detail)
        return _error_page(request, error.status_code, title, message, headers)
    code, number, title = CATALOGUE.get(error.status_code, ("invalid_request", "10015", "Bad Request"))
    detail = "there is nothing at this path" if error.status_code == 404 else "this path does not know this method"
    errors = [{"code": number, "title": title, "detail": detail}]
    body = {"error": code, "error_description": detail, "errors": errors}
    return JSONResponse(body, error.status_code, {**HEADERS, **headers})


async def answer_unexpected(request: Request, _error: Exception) -> Response:
    """The page for a bug. Starlette raises it once more afterwards, for the log."""
    return _error_page(request, 500, "Something went wrong here", "This is not your fault. Try again in a moment.")


def _error_page(
    request: Request,
    status: int,
    title: str,
    message: str,
    headers: dict[str, str] | None = None,
    *,
    then: tuple[str, str] | None = None,
) -> Response:
    return page(request, "error.html", status=status, headers=headers, title=title, message=message, then=then)


def retry_after(error: RateLimitError) -> int:
    """The seconds that the server asked to wait, at least 1 and at most 60."""
    asked = error.response.headers.get("retry-after", "")
    return max(1, min(int(asked), 60)) if asked.isdecimal() else 60


def in_seconds(seconds: int) -> str:
    """A span of time in words."""
    return "in a second" if seconds == 1 else f"in {seconds} seconds"


def sentence(words: str) -> str:
    """The words of an error as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
