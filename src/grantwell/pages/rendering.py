"""From template and values to HTML, and the headers that keep a page to itself."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse

from grantwell.pages.footer import footer_of
from grantwell.pages.language import texts_of
from grantwell.pages.moments import in_rfc3339, in_words
from grantwell.pages.site import site_of, state_of

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
OWN_FORMS_ONLY = "; form-action 'self'"
OWN_SCRIPTS_ONLY = "; script-src 'self'; connect-src 'self'"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@cache
def environment() -> Environment:
    """The templates. Everything is escaped, and a name that nobody gave is an error."""
    made = Environment(
        loader=PackageLoader("grantwell.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    static = sorted(files("grantwell.pages").joinpath("static").iterdir(), key=lambda each: each.name)
    made.filters |= {"moment": in_words, "rfc3339": in_rfc3339}
    made.globals["static_version"] = sha256(b"".join(each.read_bytes() for each in static)).hexdigest()[:12]
    return made


def render(template: str, **values: Any) -> str:
    """The HTML of a template."""
    return environment().get_template(template).render({"scripts": (), "styles": (), **values})


def page(
    request: HTTPConnection,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    leaves: bool = False,
    image_origin: str = "",
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    **values: Any,
) -> HTMLResponse:
    """Answer with a page.

    `image_origin` is one other origin that it may load pictures from.

    `scripts` and `styles` name files in `static/` that it uses beyond what all pages do; scripts run as modules.

    `leaves` says that a form of it is answered with a redirect to a client. Browsers hold `form-action` against every
    later hop as well, so a client that redirects once more would be cut off, whatever was listed: such pages go
    without.
    """
    site = site_of(request)
    own_images = "img-src 'self'"
    policy = POLICY.replace(own_images, f"{own_images} {image_origin}") if image_origin else POLICY
    policy += (OWN_SCRIPTS_ONLY if scripts else "") + ("" if leaves else OWN_FORMS_ONLY)
    request_id, texts = state_of(request, "request_id"), texts_of(request)
    values |= {"site_name": site.name, "request_id": request_id, "t": texts, "scripts": scripts, "styles": styles}
    values |= {"brand": site.brand, "footer": footer_of(request)}
    html = render(template, **values)
    return HTMLResponse(html, status, {**HEADERS, "Content-Security-Policy": policy, **(headers or {})})


def see_other(location: str) -> RedirectResponse:
    """Send the browser on, with GET (RFC 9110 section 15.4.4)."""
    return RedirectResponse(location, 303, HEADERS)
