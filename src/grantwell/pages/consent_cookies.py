"""The cookies that bind consent tokens to this browser: the authorization endpoint sets one each, and cannot count.

So their number is kept down here, where every one of them leads.
"""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.site import site_of

# Requests that one browser may have open beside the one that is asked about: tabs, restored all at once.
KEPT = 24
# A proxy in between takes 4 KiB of headers.
FORGOTTEN_AT_ONCE = 24


def is_bound(request: Request, token: str) -> bool:
    """Whether this browser asked for this consent token."""
    name, value = site_of(request).consent_binding(token)
    return request.cookies.get(name) == value


def forget_surplus(request: Request, response: Response, token: str) -> None:
    """Have the browser forget the oldest of these cookies, but for that of `token`."""
    site = site_of(request)
    own, _ = site.consent_binding(token)
    prefix = own.partition(".")[0] + "."
    # Browsers send the oldest first (RFC 6265 section 5.4).
    others = [name for name in request.cookies if name.startswith(prefix) and name != own]
    for name in others[:-KEPT][:FORGOTTEN_AT_ONCE]:
        response.delete_cookie(name, path="/", secure=site.secure, httponly=True, samesite="lax")
