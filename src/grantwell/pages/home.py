"""The start page: what this is, who is signed in, and what to do first where nothing was done yet."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console import start
from grantwell.pages.person import person_of
from grantwell.pages.rendering import page
from grantwell.pages.site import site_of
from grantwell.sdk import APIError

METADATA = "/.well-known/oauth-authorization-server"


async def show(request: Request) -> Response:
    """The page."""
    person = await person_of(request)
    issuer = site_of(request).issuer
    if person is not None:
        return await start.show(request, person)
    if not await _is_set_up(request):
        return page(request, "first_run.html", issuer=issuer, scope=await _a_scope(request))
    return page(request, "home.html", issuer=issuer, metadata=METADATA)


async def _is_set_up(request: Request) -> bool:
    """Whether there is a client. Once there was one, it is not asked again."""
    state = request.app.state
    if not getattr(state, "is_set_up", False):
        try:
            answer = await site_of(request).server(request).get("/setup")
        except APIError:
            # Whether the server can answer is not this page's to tell.
            return True
        state.is_set_up = bool(answer["data"]["has_clients"])
    return bool(state.is_set_up)


async def _a_scope(request: Request) -> str:
    """A scope for an example. Raises APIError."""
    metadata = await site_of(request).server(request, base="").get(METADATA)
    return str(next(iter(metadata["scopes_supported"]), ""))
