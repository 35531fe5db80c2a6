"""One's own sign-ins: where one is signed in, and ending one, all others, or all."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import sign_in
from grantwell.pages.browser_name import browser_name
from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.cookies import SESSION, drop_cookie
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.numbered import number_of
from grantwell.pages.rendering import see_other
from grantwell.pages.routing import page_at
from grantwell.sdk import NotFoundError

PATH = "/account/sessions"
END = f"{PATH}/end"
END_ALL = f"{PATH}/end-all"
# What an id consists of: nothing that could lead elsewhere as part of a path.
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def show(request: Request) -> Response:
    """The list, this browser's first of all."""
    person = await require_person(request)
    found = await person.server(request).get("/sessions", extra_query={"page[number]": number_of(request)})
    return console_page(
        request, "sessions.html", person=person, path=PATH, meta=found["meta"], sessions=described(found["data"])
    )


def described(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sessions, each with its browser in words."""
    return [session | {"browser": browser_name(session["user_agent"])} for session in sessions]


async def end(request: Request) -> Response:
    """End one. One that is over already is over."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    if IDENTIFIER.fullmatch(fields.get("id", "")):
        try:
            await person.server(request).delete(f"/sessions/{fields['id']}")
        except NotFoundError:
            return see_other_with(request, person, PATH, Notice("account.session_gone", kind="warn"))
    return see_other_with(request, person, PATH, Notice("account.session_ended"))


async def end_all(request: Request) -> Response:
    """End all others, or all: then this browser has to sign in again."""
    person = await require_person(request)
    everywhere = (await read_own_form(request, person)).get("which") == "all"
    await person.server(request).post("/sessions/end_all", body={"this_one_too": everywhere})
    if not everywhere:
        return see_other_with(request, person, PATH, Notice("account.others_ended"))
    response = see_other(sign_in.PATH)
    drop_cookie(request, response, SESSION)
    return response


ROUTES = (page_at(PATH, get=show), page_at(END, post=end), page_at(END_ALL, post=end_all))
