"""The operator's style sheet and logo. Pages name them with a version, so that browsers may keep them for good."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.site import site_of
from grantwell.pages.static_files import FOREVER

# A picture may bring its own style; opened by itself it still is nothing but a picture.
LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


STYLE, LOGO = "/static/brand.css", "/static/brand-logo"


async def show_style(request: Request) -> Response:
    """The accents. Raises HTTPException (404) if there are none."""
    css = site_of(request).brand.css
    if not css:
        raise HTTPException(404)
    return Response(css, media_type="text/css", headers=FOREVER)


async def show_logo(request: Request) -> Response:
    """The logo. Raises HTTPException (404) if there is none."""
    logo = site_of(request).brand.logo
    if logo is None:
        raise HTTPException(404)
    headers = FOREVER | {"Content-Security-Policy": LOGO_POLICY}
    return Response(logo.content, media_type=logo.media_type, headers=headers)
