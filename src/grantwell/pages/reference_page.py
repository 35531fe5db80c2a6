"""The API reference: the server's own OpenAPI document, made readable here, without scripts from anywhere."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.reference import describe
from grantwell.pages.rendering import page
from grantwell.pages.site import site_of


async def show(request: Request) -> Response:
    """The page."""
    document = await site_of(request).server(request, base="").get("/openapi.json")
    return page(request, "reference.html", reference=describe(document))
