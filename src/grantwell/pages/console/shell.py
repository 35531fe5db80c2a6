"""What all pages of somebody who is signed in have in common: who may see them, their frame, and their forms."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from grantwell.pages import sign_in, sign_out
from grantwell.pages.console.navigation import groups_for, section_of
from grantwell.pages.errors import PageError
from grantwell.pages.forms import MAXIMUM_FIELDS, read_form
from grantwell.pages.language import texts_of
from grantwell.pages.notice import forget_notice, read_notice
from grantwell.pages.person import Person, person_of
from grantwell.pages.rendering import page, see_other
from grantwell.pages.return_to import with_return_to

SCRIPT = "console.js"


class SignInFirst(Exception):
    """Nobody is signed in, and this page is for somebody."""


async def require_person(request: Request, *, admin: bool = False) -> Person:
    """Who is signed in.

    Raises SignInFirst, which leads to the sign-in and from there back here; PageError (403) for somebody who is no
    administrator where `admin` asks for one.
    """
    person = await person_of(request)
    if person is None:
        raise SignInFirst
    if admin and not person.is_admin:
        t = texts_of(request)
        title, message, then = t("console.admins_only_title"), t("console.admins_only"), ("/", t("console.to_start"))
        raise PageError(403, title, message, reason="administrator_required", then=then)
    return person


async def answer_sign_in_first(request: Request, _error: Exception) -> RedirectResponse:
    """To the sign-in, and back: to the page itself, or to the section in which a form was sent."""
    section = section_of(request.url.path)
    path = request.url.path if request.method != "POST" else section.path if section else "/"
    query = f"?{request.url.query}" if request.url.query and request.method != "POST" else ""
    return see_other(with_return_to(sign_in.PATH, path + query))


async def read_own_form(request: Request, person: Person, *, maximum_fields: int = MAXIMUM_FIELDS) -> dict[str, str]:
    """The fields of a form that was made for this person and this path. Raises PageError for any other."""
    fields = await read_form(request, maximum_fields=maximum_fields)
    if not person.sent(fields, request.url.path):
        t, section = texts_of(request), section_of(request.url.path)
        then = (section.path if section else "/", t("console.back"))
        title, message = t("errors.outdated_title"), t("console.outdated")
        raise PageError(403, title, message, reason="form_token_wrong", then=then)
    return fields


def console_page(
    request: Request,
    template: str,
    *,
    person: Person,
    status: int = 200,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    **values: Any,
) -> Response:
    """Answer with a page of somebody who is signed in.

    `scripts` and `styles` name further files in `static/`. What was left to be said once (see `notice`) is said.
    """
    values |= _frame(request, person)
    scripts, styles = (SCRIPT, *scripts), ("console.css", *styles)
    response = page(request, template, status=status, scripts=scripts, styles=styles, person=person, **values)
    forget_notice(request, response)
    return response


def _frame(request: Request, person: Person) -> dict[str, Any]:
    """What the frame shows: where one is, what else there is, the way out, and what was left to be said."""
    section = section_of(request.url.path)
    paths = (route.path for route in request.app.routes if isinstance(route, Route))
    return {
        "section": section.key if section else "",
        "groups": groups_for(is_admin=person.is_admin, paths=paths),
        "sign_out_token": person.form_token(sign_out.PATH),
        "notice": read_notice(request, person),
    }


def confirm_page(
    request: Request,
    person: Person,
    *,
    question: str,
    consequences: Iterable[str],
    button: str,
    back: str,
    action: str = "",
    fields: dict[str, str] | None = None,
) -> Response:
    """Ask once more before something ends: `question` and `consequences` in words, `back` is where it is given up.

    The form goes to `action`, the page's own path if none is given, and sends `fields` along.
    """
    return console_page(
        request,
        "confirm.html",
        person=person,
        question=question,
        consequences=tuple(consequences),
        button=button,
        back=back,
        action=action or request.url.path,
        fields=fields or {},
    )
