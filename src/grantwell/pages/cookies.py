"""The pages' cookies: who is signed in, who is not yet, which language was chosen, and what to say once."""

import re

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from grantwell.pages.site import Site, site_of

SESSION = "grantwell_session"
VISITOR = "grantwell_visitor"
LANGUAGE = "grantwell_language"
NOTICE = "grantwell_notice"
OUR_VALUES = re.compile(r"[A-Za-z0-9_-]+")


def read_cookie(request: HTTPConnection, name: str) -> str:
    """The value of one of our cookies; an empty string where there is none, or one that we have not set."""
    value = request.cookies.get(_full_name(site_of(request), name), "")
    return value if OUR_VALUES.fullmatch(value) else ""


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set one of our cookies, for so many seconds or until the browser closes.

    Lax and not Strict: people come from a client's site, and must be known when they arrive.
    """
    site = site_of(request)
    response.set_cookie(
        _full_name(site, name), value, seconds, httponly=True, secure=site.secure, samesite="lax", path="/"
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Have the browser forget one of our cookies."""
    site = site_of(request)
    response.delete_cookie(_full_name(site, name), httponly=True, secure=site.secure, samesite="lax", path="/")


def _full_name(site: Site, name: str) -> str:
    """`__Host-` keeps neighbouring hosts from planting one (RFC 6265bis 4.1.3.2); it needs https."""
    return f"__Host-{name}" if site.secure else name
