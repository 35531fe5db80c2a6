"""Signing out."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.cookies import SESSION, drop_cookie, read_cookie
from grantwell.pages.errors import PageError
from grantwell.pages.form_token import fits_form_token
from grantwell.pages.forms import read_form
from grantwell.pages.language import texts_of
from grantwell.pages.rendering import see_other
from grantwell.pages.return_to import own_path
from grantwell.pages.site import site_of

PATH = "/sign-out"


async def submit(request: Request) -> Response:
    """End the session. Until the server has ended it, the browser keeps it: "signed out" must be true."""
    fields = await read_form(request)
    session = read_cookie(request, SESSION)
    if session:
        if not fits_form_token(fields.get("form_token", ""), session, PATH):
            t = texts_of(request)
            title, message = t("errors.outdated_title"), t("sign_in.still_signed_in")
            then = ("/", t("sign_in.to_start"))
            raise PageError(403, title, message, reason="form_token_wrong", then=then)
        await site_of(request).server(request).post("/sessions/end", body={"session": session})
    response = see_other(own_path(fields.get("return_to")))
    drop_cookie(request, response, SESSION)
    return response
