"""When a page cannot do what was asked: a page that says what is wrong and what to do; JSON for whoever reads that."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grantwell.pages.language import texts_of
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.rendering import HEADERS, page
from grantwell.sdk import APIError, NotFoundError, PermissionDeniedError, RateLimitError, UnprocessableEntityError

# The platform's catalogue codes, as the API's own 404 and 405 bear them.
CATALOGUE = {
    404: ("not_found", "10005", "Resource not found"),
    405: ("method_not_allowed", "10015", "Method not allowed"),
}


class PageError(Exception):
    """A request that a page refuses: in the person's language a title, a sentence or two, and perhaps a way on.

    `reason` is the stable code of the refusal, which no page shows.
    """

    def __init__(
        self, status: int, title: str, message: str, *, reason: str, then: tuple[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.message = message
        self.reason = reason
        self.then = then


async def answer_page_error(request: Request, error: Exception) -> Response:
    """The page for a refusal."""
    assert isinstance(error, PageError)
    tell_reason(request, error.reason)
    return _error_page(request, error.status, error.title, error.message, then=error.then)


async def answer_sdk_error(request: Request, error: Exception) -> Response:
    """The page for a call to the server that failed, where no page knew better."""
    assert isinstance(error, APIError)
    tell_reason(request, reason_of(error))
    t = texts_of(request)
    if isinstance(error, RateLimitError):
        seconds = retry_after(error)
        title, message = t("errors.too_many_title"), t.count("errors.too_many", seconds)
        return _error_page(request, 429, title, message, {"Retry-After": str(seconds)})
    if isinstance(error, UnprocessableEntityError):
        words = sentence(error.error_description or "not valid")
        return _error_page(request, 422, t("errors.refused_title"), t("errors.refused", words=words))
    if isinstance(error, NotFoundError):
        return _error_page(request, 404, t("errors.not_found_title"), t("errors.not_found"))
    if isinstance(error, PermissionDeniedError):
        words = sentence(error.error_description or "not allowed")
        return _error_page(request, 403, t("errors.refused_title"), t("errors.refused", words=words))
    title, message = t("errors.unavailable_title"), t("errors.unavailable")
    return _error_page(request, 503, title, message, {"Retry-After": "1"})


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """404 and 405: a page for a browser, JSON for a program. What a path allows may always be asked."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if request.method == "OPTIONS" and error.status_code == 405:
        return Response(None, 204, {**HEADERS, **headers})
    if error.status_code in CATALOGUE:
        tell_reason(request, reason="path_unknown" if error.status_code == 404 else "method_unknown")
    if "text/html" in request.headers.get("accept", ""):
        t, unknown = texts_of(request), error.status_code == 404
        title = t("errors.not_found_title" if unknown else "errors.method_title")
        message = t("errors.not_found" if unknown else "errors.method")
        return _error_page(request, error.status_code, title, message, headers)
    code, number, title = CATALOGUE.get(error.status_code, ("invalid_request", "10015", "Bad Request"))
    detail = "there is nothing at this path" if error.status_code == 404 else "this path does not know this method"
    errors = [{"code": number, "title": title, "detail": detail}]
    body = {"error": code, "error_description": detail, "errors": errors}
    return JSONResponse(body, error.status_code, {**HEADERS, **headers})


async def answer_unexpected(request: Request, _error: Exception) -> Response:
    """The page for a bug. Starlette raises it once more afterwards, for the log."""
    t = texts_of(request)
    return _error_page(request, 500, t("errors.unexpected_title"), t("errors.unexpected"))


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


def sentence(words: str) -> str:
    """The words of an error as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
