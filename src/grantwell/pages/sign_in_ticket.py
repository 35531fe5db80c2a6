"""Signing in with a ticket, which somebody's own login has issued: the person is asked first, and then signed in.

Asked, because anybody can send anybody a link: who followed one would act in somebody else's account without noticing.
And because whatever only looks at a link, as mail programs do, must not use the ticket up.
"""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.cookies import SESSION, VISITOR, read_cookie, set_cookie
from grantwell.pages.errors import PageError
from grantwell.pages.form_token import fits_form_token, make_form_token
from grantwell.pages.forms import read_form
from grantwell.pages.language import texts_of
from grantwell.pages.person import person_of
from grantwell.pages.refusing import reason_of
from grantwell.pages.rendering import page, see_other
from grantwell.pages.return_to import own_path
from grantwell.pages.sign_in import end_previous
from grantwell.pages.site import site_of
from grantwell.sdk import APIError, BadRequestError, UnprocessableEntityError

PATH = "/sign-in/ticket"


async def show(request: Request) -> Response:
    """Ask whether to go on as the person whom the ticket is for. Raises PageError for one that is of no use."""
    ticket = request.query_params.get("ticket", "")
    try:
        shown = await site_of(request).server(request).post("/sessions/tickets/show", body={"ticket": ticket})
    except (BadRequestError, UnprocessableEntityError) as e:
        raise _of_no_use(request, e) from None
    visitor = read_cookie(request, VISITOR) or secrets.token_urlsafe(32)
    response = page(
        request,
        "sign_in_ticket.html",
        email=shown["email"],
        ticket=ticket,
        form_token=make_form_token(visitor, PATH),
        person=await person_of(request),
    )
    set_cookie(request, response, VISITOR, visitor)
    return response


async def submit(request: Request) -> Response:
    """Open the session, and close the one before. Raises PageError."""
    fields = await read_form(request)
    if not fits_form_token(fields.get("form_token", ""), read_cookie(request, VISITOR), PATH):
        t = texts_of(request)
        title, message = t("errors.outdated_title"), t("ticket.outdated")
        raise PageError(403, title, message, reason="form_token_wrong", then=_to_sign_in(request))
    body = {"ticket": fields.get("ticket", ""), "user_agent": request.headers.get("user-agent", "")}
    try:
        opened = await site_of(request).server(request).post("/sessions/tickets/trade", body=body)
    except (BadRequestError, UnprocessableEntityError) as e:
        raise _of_no_use(request, e) from None
    await end_previous(request)
    response = see_other(own_path(opened["return_to"]))
    set_cookie(request, response, SESSION, opened["session"])
    return response


def _of_no_use(request: Request, error: APIError) -> PageError:
    t = texts_of(request)
    title, message = t("ticket.over_title"), t("ticket.over")
    return PageError(422, title, message, reason=reason_of(error), then=_to_sign_in(request))


def _to_sign_in(request: Request) -> tuple[str, str]:
    return "/sign-in?here", texts_of(request)("ticket.other")
