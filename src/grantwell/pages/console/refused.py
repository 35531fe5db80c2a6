"""Refused requests: what went wrong with one's clients, found by the reference of an error page."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.refused_view import story_of
from grantwell.pages.console.shell import console_page, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.person import Person
from grantwell.pages.reasons import reason_for
from grantwell.pages.rendering import see_other
from grantwell.pages.routing import page_at
from grantwell.sdk import NotFoundError

PATH = "/console/errors"
SIZE = 20
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
STYLES = ("refused.css",)


async def show_list(request: Request) -> Response:
    """What was refused to the clients that one may see, newest first; or straight to what a reference names."""
    person = await require_person(request)
    reference = request.query_params.get("reference", "").strip()
    if REFERENCE.fullmatch(reference):
        return see_other(f"{PATH}/{reference}")
    asked, client_id = request.query_params.get("page", "1"), request.query_params.get("client_id", "").strip()
    number = int(asked) if PAGE_NUMBER.fullmatch(asked) else 1
    query: dict[str, object] = {"page[number]": number, "page[size]": SIZE}
    chosen = {"filter[client_id]": client_id} if client_id else {}
    found = await person.server(request).get("/refused_requests", extra_query=query | chosen)
    return console_page(
        request,
        "refused.html",
        person=person,
        styles=STYLES,
        refused=found["data"],
        meta=found["meta"],
        client_id=client_id,
        reference=reference,
        path=PATH,
    )


async def show_one(request: Request) -> Response:
    """The whole story of one of them."""
    person = await require_person(request)
    story = await find(request, person)
    return console_page(
        request,
        "refused_story.html",
        person=person,
        styles=STYLES,
        story=story_of(story),
        reason=reason_for(story["reason"]),
        path=PATH,
    )


async def find(request: Request, person: Person) -> dict[str, Any]:
    """The refused request that the path names. Raises PageError (404) where none is kept that this person may see."""
    reference = str(request.path_params["reference"])
    try:
        if REFERENCE.fullmatch(reference):
            found: dict[str, Any] = await person.server(request).get(f"/refused_requests/{reference}")
            return dict(found["data"])
    except NotFoundError:
        pass
    t = texts_of(request)
    title, message, then = t("refused.not_found_title"), t("refused.not_found"), (PATH, t("refused.to_list"))
    raise PageError(404, title, message, reason="refused_request_not_found", then=then)


ROUTES = (
    page_at(PATH, get=show_list),
    page_at(f"{PATH}/{{reference}}", get=show_one),
)
