"""The start page: what this is, and who is signed in."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import sign_out
from grantwell.pages.person import person_of
from grantwell.pages.rendering import page
from grantwell.pages.site import site_of

METADATA = "/.well-known/oauth-authorization-server"


async def show(request: Request) -> Response:
    """The page."""
    person = await person_of(request)
    return page(
        request,
        "home.html",
        person=person,
        issuer=site_of(request).issuer,
        metadata=METADATA,
        sign_out_token=person.form_token(sign_out.PATH) if person else "",
    )
