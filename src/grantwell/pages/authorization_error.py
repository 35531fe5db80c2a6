"""The page for an authorization request that cannot be answered by redirect (RFC 6749 section 4.1.2.1)."""

from grantwell.pages.errors import sentence
from grantwell.pages.rendering import render
from grantwell.pages.texts import shipped_catalogue

# By reason: what happened, in words for whoever is sitting there; then what its developer can do about it.
EXPLANATIONS = {
    "client_id_missing": (
        "The app did not say which app it is.",
        "Add the client_id parameter to the authorization request.",
    ),
    "redirect_uri_missing": (
        "The app did not say where to send you afterwards.",
        "Add the redirect_uri parameter; it is required even if only one is registered.",
    ),
    "authorize_client_unknown": (
        "The app is not known here. It may have been removed, or it may be meant for another server.",
        "Check the client_id and the server's address, or register the client again.",
    ),
    "redirect_uri_unknown": (
        "The app wants to send you to an address that is not registered for it. For your safety, you stay here.",
        "Register exactly the redirect_uri that you send: scheme, host, port, path and trailing slash must agree.",
    ),
    "state_too_long": ("The app sent more than this server accepts.", "Keep state within 1024 characters."),
    "parameter_too_long": ("The app sent more than this server accepts.", "Keep parameters within 2048 characters."),
    "repeated_parameter": ("The app's request contradicts itself.", "Send every parameter once."),
    "invalid_encoding": ("The app's request cannot be read.", "Encode the parameters as UTF-8."),
    "nul_character": ("The app's request cannot be read.", "Send no NUL characters."),
}
TITLES = {404: "This app is not known here", 422: "This app cannot send you there"}
TITLE = "This app's request is not valid"


def render_authorization_error(
    status: int, error: str, description: str, reason: str, request_id: str, *, site_name: str = "Grantwell"
) -> str:
    """The HTML of the page.

    Args:
        status: of the answer; it chooses the title.
        error: the registered error code (RFC 6749 section 4.1.2.1).
        description: the server's public words, in which no input is repeated.
        reason: the stable code of the refusal.
        request_id: what the person can quote to whoever runs the server.
        site_name: what the pages call this server.
    """
    happened, remedy = EXPLANATIONS.get(reason, (sentence(description), ""))
    return render(
        "authorization_error.html",
        site_name=site_name,
        t=shipped_catalogue().best(()),
        title=TITLES.get(status, TITLE),
        happened=happened,
        remedy=remedy,
        error=error,
        description=description,
        reason=reason,
        request_id=request_id,
    )
