"""The start page: what this is, who is signed in, and what to do first where nothing was done yet."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import first_run
from grantwell.pages.console import start
from grantwell.pages.person import person_of
from grantwell.pages.rendering import page
from grantwell.pages.site import site_of


async def show(request: Request) -> Response:
    """The page."""
    person = await person_of(request)
    if person is not None:
        return await start.show(request, person)
    if not await first_run.is_set_up(request):
        return await first_run.show(request)
    return page(request, "home.html", issuer=site_of(request).issuer, metadata=first_run.METADATA)
