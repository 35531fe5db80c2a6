"""Connected apps: what one has allowed, to which app, when it was last used; and revoking it."""

import re
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.apps_view import AppView, view_of
from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person
from grantwell.pages.routing import page_at
from grantwell.pages.site import site_of
from grantwell.sdk import NotFoundError

PATH = "/account/apps"
SIZE = 20
GRANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
STYLES = ("apps.css",)


async def show_list(request: Request) -> Response:
    """All that one has allowed, newest first."""
    person = await require_person(request)
    asked = request.query_params.get("page", "1")
    number = int(asked) if PAGE_NUMBER.fullmatch(asked) else 1
    query = {"page[number]": number, "page[size]": SIZE}
    found = await person.server(request).get("/connected_apps", extra_query=query)
    return console_page(
        request,
        "apps.html",
        person=person,
        styles=STYLES,
        apps=[view_of(each, site_of(request).issuer, texts_of(request)) for each in found["data"]],
        meta=found["meta"],
        path=PATH,
    )


async def show_one(request: Request) -> Response:
    """One app: everything that it may, and where."""
    person = await require_person(request)
    app = await find(request, person)
    return console_page(request, "app.html", person=person, styles=STYLES, app=app, path=PATH)


async def ask(request: Request) -> Response:
    """Whether to revoke it, with what that will do."""
    person = await require_person(request)
    app, t = await find(request, person), texts_of(request)
    minutes = ceil(app.offline_seconds / 60)
    return console_page(
        request,
        "confirm.html",
        person=person,
        question=t("apps.revoke_question", name=app.name),
        consequences=(
            t("apps.revoke_everywhere", name=app.name),
            t("apps.revoke_here", site=site_of(request).name),
            t.count("apps.revoke_offline", minutes),
            t("apps.revoke_again"),
        ),
        action=request.url.path,
        fields={},
        back=f"{PATH}/{app.id}",
        button=t("apps.revoke"),
    )


async def revoke(request: Request) -> Response:
    """Revoke it. Once more, by a double click, it is revoked already."""
    person = await require_person(request)
    await read_own_form(request, person)
    try:
        app = await find(request, person)
        await person.server(request).oauth_grants.delete(app.id)
    except (PageError, NotFoundError):
        return see_other_with(request, person, PATH, Notice("apps.revoked_before"))
    return see_other_with(request, person, PATH, Notice("apps.revoked", {"name": app.name}))


async def find(request: Request, person: Person) -> AppView:
    """The app that the path names. Raises PageError (404) where there is none, or it is somebody else's."""
    grant_id = str(request.path_params["id"])
    try:
        if GRANT_ID.fullmatch(grant_id):
            found: dict[str, Any] = await person.server(request).get(f"/connected_apps/{grant_id}")
            return view_of(found["data"], site_of(request).issuer, texts_of(request))
    except NotFoundError:
        pass
    t = texts_of(request)
    title, message, then = t("apps.not_found_title"), t("apps.not_found"), (PATH, t("apps.to_list"))
    raise PageError(404, title, message, reason="grant_not_found", then=then)


ROUTES = (
    page_at(PATH, get=show_list),
    page_at(f"{PATH}/{{id}}", get=show_one),
    page_at(f"{PATH}/{{id}}/revoke", get=ask, post=revoke),
)
