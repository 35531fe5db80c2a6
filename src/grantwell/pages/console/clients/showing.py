"""A client's page: what it is, its secrets, and how to use it."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.looking_up import is_enabled, look_up, secrets_of
from grantwell.pages.console.clients.snippets import uses_of
from grantwell.pages.console.shell import console_page, require_person
from grantwell.pages.site import site_of


async def show(request: Request) -> Response:
    """The page."""
    person = await require_person(request)
    viewed = await look_up(request, person)
    return console_page(
        request,
        "client.html",
        person=person,
        viewed=viewed,
        client=viewed.client,
        is_mine=viewed.client.user_id == person.user_id,
        enabled=await is_enabled(request, person, viewed.client),
        secrets=await secrets_of(request, person, viewed.client),
        issuer=site_of(request).issuer,
        uses=uses_of(viewed.client, site_of(request).issuer),
    )
