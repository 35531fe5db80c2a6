"""The start page of somebody who is signed in: what there is to do here, and how much of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.paths import NEW
from grantwell.pages.console.shell import console_page
from grantwell.pages.person import Person
from grantwell.pages.site import site_of

# The lists whose length is worth telling, by section.
COUNTED = {
    "apps": "/connected_apps",
    "sessions": "/sessions",
    "keys": "/api_keys",
    "clients": "/oauth_clients",
}
METADATA = "/.well-known/oauth-authorization-server"


async def show(request: Request, person: Person) -> Response:
    """The page. Raises APIError."""
    counts = {key: await _count(request, person, path) for key, path in COUNTED.items()}
    return console_page(
        request,
        "start.html",
        person=person,
        counts=counts,
        new_client=NEW,
        issuer=site_of(request).issuer,
        metadata=METADATA,
    )


async def _count(request: Request, person: Person, path: str) -> int:
    found: dict[str, Any] = await person.server(request).get(path, extra_query={"page[size]": 1})
    return int(found["meta"]["total_results"])
