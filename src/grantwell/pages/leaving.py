"""The way back to the client: a plain redirect, but for two cases in which a browser would not follow it well."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.language import asked_locales
from grantwell.pages.person import Person
from grantwell.pages.rendering import page, see_other

WEB = ("http", "https")
# What a URI may hold besides letters, digits and -._~ (RFC 3986 section 2.2), and the percent sign.
URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%"


def leave(request: Request, person: Person, token: str, redirect_uri: str, *, allowed: bool) -> Response:
    """Send the browser to the client, with the answer.

    The answer is never in a page's source; where a page is shown, it is in that page's `Refresh` header.
    """
    if not needs_a_page(request, redirect_uri):
        return see_other(redirect_uri)
    return page(
        request,
        "leaving.html",
        headers={"Refresh": f"0; url={quote(redirect_uri, safe=URI_CHARACTERS)}"},
        leaves=True,
        allowed=allowed,
        consent_token=token,
        form_token=person.form_token("/consent"),
        ui_locales=asked_locales(request),
        stays=urlsplit(redirect_uri).scheme not in WEB,
    )


def needs_a_page(request: Request, redirect_uri: str) -> bool:
    """Whether a browser would end somewhere unhelpful if it were redirected.

    A link to another app leaves the old page standing, with its buttons; and our sign-in form, from which an answer
    at once may follow, allows no redirect out of this site.
    """
    by_browser = request.headers.get("sec-fetch-mode") == "navigate"
    from_our_form = request.method == "GET" and request.headers.get("sec-fetch-site") == "same-origin"
    return by_browser and (from_our_form or urlsplit(redirect_uri).scheme not in WEB)
