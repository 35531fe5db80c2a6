"""Signing in with email address and password."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.cookies import SESSION, VISITOR, read_cookie, set_cookie
from grantwell.pages.errors import retry_after
from grantwell.pages.external_login import PATH as EXTERNAL
from grantwell.pages.form_token import fits_form_token, make_form_token
from grantwell.pages.forms import read_form
from grantwell.pages.language import texts_of
from grantwell.pages.person import person_of
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.rendering import page, see_other
from grantwell.pages.return_to import own_path, with_parameter, with_return_to
from grantwell.pages.site import site_of
from grantwell.sdk import APIError, AuthenticationError, BadRequestError, RateLimitError, UnprocessableEntityError

PATH = "/sign-in"
MAXIMUM_EMAIL = 320
HERE = "here"
# What the form is shown again for.
REFUSALS = (AuthenticationError, BadRequestError, RateLimitError, UnprocessableEntityError)


async def show(request: Request) -> Response:
    """The form; or on to the operator's own page, unless somebody comes from there or asks for ours (`here`)."""
    return_to, elsewhere = own_path(request.query_params.get("return_to")), site_of(request).sign_in_url
    if elsewhere and HERE not in request.query_params:
        return see_other(with_parameter(elsewhere, return_to))
    return await form(request, return_to)


async def submit(request: Request) -> Response:
    """Open a session, and close the one before: the secret is new with every sign-in."""
    fields = await read_form(request)
    t = texts_of(request)
    return_to, email = own_path(fields.get("return_to")), fields.get("email", "").strip()
    if not site_of(request).password_sign_in:
        return see_other(with_return_to(PATH, return_to))
    if not fits_form_token(fields.get("form_token", ""), read_cookie(request, VISITOR), PATH):
        tell_reason(request, reason="form_token_wrong")
        return await form(request, return_to, email, 403, t("sign_in.outdated"))
    agent = request.headers.get("user-agent", "")
    credentials = {"email": email, "password": fields.get("password", ""), "user_agent": agent}
    try:
        opened = await site_of(request).server(request).post("/sessions", body=credentials)
    except REFUSALS as e:
        return await _refused(request, return_to, email, e)
    await end_previous(request)
    response = see_other(return_to)
    set_cookie(request, response, SESSION, opened["session"])
    return response


async def _refused(request: Request, return_to: str, email: str, error: APIError) -> Response:
    t = texts_of(request)
    tell_reason(request, reason_of(error))
    if isinstance(error, RateLimitError):
        seconds = retry_after(error)
        return await form(request, return_to, email, 429, t.count("sign_in.too_many", seconds), seconds)
    # One message for all whose credentials are wrong: it must not tell who has an account here.
    message = t("sign_in.wrong" if isinstance(error, AuthenticationError) else "sign_in.incomplete")
    return await form(request, return_to, email, 422, message)


async def form(
    request: Request, return_to: str, email: str = "", status: int = 200, message: str = "", seconds: int = 0
) -> Response:
    """The form, and what is wrong with what was sent."""
    visitor = read_cookie(request, VISITOR) or secrets.token_urlsafe(32)
    person = await person_of(request)
    response = page(
        request,
        "sign_in.html",
        status=status,
        headers={"Retry-After": str(seconds)} if seconds else None,
        form_token=make_form_token(visitor, PATH),
        return_to=return_to,
        email=email[:MAXIMUM_EMAIL],
        message=message,
        person=person,
        login=site_of(request).external_login,
        with_password=site_of(request).password_sign_in,
        begin=with_return_to(EXTERNAL, return_to),
    )
    set_cookie(request, response, VISITOR, visitor)
    return response


async def end_previous(request: Request) -> None:
    """End the session of this browser, if it has one: another one takes its place."""
    previous = read_cookie(request, SESSION)
    if not previous:
        return
    try:
        await site_of(request).server(request).post("/sessions/end", body={"session": previous})
    except APIError:
        # The browser forgets it anyway, and it ends by itself; whoever has just signed in shall not be held up.
        return
