"""The page for an authorization request that cannot be answered by redirect (RFC 6749 section 4.1.2.1)."""

from typing import Any

from starlette.requests import HTTPConnection

from grantwell.pages.errors import sentence
from grantwell.pages.language import texts_of
from grantwell.pages.rendering import page

# The reasons that there are texts for: what happened, for whoever is sitting there, and what its developer can do.
EXPLAINED = (
    "client_id_missing",
    "redirect_uri_missing",
    "authorize_client_unknown",
    "redirect_uri_unknown",
    "state_too_long",
    "parameter_too_long",
    "repeated_parameter",
    "invalid_encoding",
    "nul_character",
    "storage_unavailable",
    "bug",
)
# Of an answer of 5xx, which is the server's own failure.
TITLE_OF_FAILURE = "authorization_error.failure_title"
TITLES = {404: "authorization_error.client_title", 422: "authorization_error.redirect_title"}
TITLE = "authorization_error.title"


def render_authorization_error(scope: dict[str, Any], status: int, error: str, description: str, reason: str) -> str:
    """The HTML of the page.

    Args:
        scope: of ASGI, as far as a page reads it: `app` (the pages), `query_string`, `headers` and `state`, whose
            `request_id` the person can quote to whoever runs the server.
        status: of the answer; it chooses the title.
        error: the registered error code (RFC 6749 section 4.1.2.1).
        description: the server's public words, in which no input is repeated.
        reason: the stable code of the refusal.
    """
    request = HTTPConnection(scope)
    t = texts_of(request)
    answer = page(
        request,
        "authorization_error.html",
        title=t(TITLE_OF_FAILURE if status >= 500 else TITLES.get(status, TITLE)),
        fault=t("authorization_error.fault_operator" if status >= 500 else "authorization_error.fault_app"),
        happened=t(f"authorization_error.happened_{reason}") if reason in EXPLAINED else sentence(description),
        remedy=t(f"authorization_error.remedy_{reason}") if reason in EXPLAINED else "",
        error=error,
        description=description,
        reason=reason,
    )
    return bytes(answer.body).decode()
