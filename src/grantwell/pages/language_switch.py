"""Choosing a language, by a link at the foot of every page."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.cookies import LANGUAGE, set_cookie
from grantwell.pages.forms import OWN_SITES
from grantwell.pages.rendering import see_other
from grantwell.pages.return_to import own_path
from grantwell.pages.site import site_of

A_YEAR = 365 * 86400


async def choose(request: Request) -> Response:
    """Keep the language that was chosen, and go back. What other sites link to chooses nothing."""
    response = see_other(own_path(request.query_params.get("return_to")))
    chosen = request.query_params.get("language", "")
    ours = request.headers.get("sec-fetch-site", "same-origin") in OWN_SITES
    if ours and request.method == "GET" and chosen in site_of(request).catalogue.languages:
        set_cookie(request, response, LANGUAGE, chosen, seconds=A_YEAR)
    return response
