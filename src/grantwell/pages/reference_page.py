"""The API reference: the server's own OpenAPI document, made readable here, without scripts from anywhere."""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.language import texts_of
from grantwell.pages.reference import describe
from grantwell.pages.rendering import page, render
from grantwell.pages.site import site_of


async def show(request: Request) -> Response:
    """The page. What it says is the same until the server ends, so that it is made once in each language."""
    state, t = request.app.state, texts_of(request)
    if not hasattr(state, "references"):
        state.references = {}
    made: dict[str, Markup] = state.references
    if t.language not in made:
        document = await site_of(request).server(request, base="").get("/openapi.json")
        body = render("reference_body.html", t=t, reference=describe(document))
        made[t.language] = Markup(body)  # noqa: S704 - the template has escaped what stands in the document
    return page(request, "reference.html", body=made[t.language])
