"""Changing one's own password."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.cookies import SESSION, set_cookie
from grantwell.pages.errors import retry_after
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person
from grantwell.pages.refused_fields import refused_fields
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.routing import page_at
from grantwell.sdk import BadRequestError, RateLimitError, UnprocessableEntityError

PATH = "/account/password"
MINIMUM, MAXIMUM = 8, 1024


async def show(request: Request) -> Response:
    """The form."""
    return _form(request, await require_person(request))


async def submit(request: Request) -> Response:
    """Change it. This browser goes on with a new session; all others end."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    t = texts_of(request)
    current, new = fields.get("current_password", ""), fields.get("new_password", "")
    if new != fields.get("new_password_again", ""):
        tell_reason(request, reason="passwords_differ")
        return _form(request, person, 422, {"new_password_again": t("account.password_differs")})
    try:
        body = {"current_password": current, "new_password": new}
        opened = await person.server(request).post("/account/password", body=body)
    except (BadRequestError, UnprocessableEntityError) as e:
        tell_reason(request, reason_of(e))
        return _form(request, person, 422, _problems(request, e, current, new))
    except RateLimitError as e:
        tell_reason(request, reason_of(e))
        seconds = retry_after(e)
        words = {"current_password": t.count("sign_in.too_many", seconds)}
        return _form(request, person, 429, words, {"Retry-After": str(seconds)})
    # What is left to be said is said to the new session.
    renewed = Person(person.email, "", opened["session"])
    response = see_other_with(request, renewed, PATH, Notice("account.password_changed"))
    set_cookie(request, response, SESSION, opened["session"])
    return response


def _problems(
    request: Request, error: BadRequestError | UnprocessableEntityError, current: str, new: str
) -> dict[str, str]:
    refused = refused_fields(error) if isinstance(error, UnprocessableEntityError) else ()
    problems = {}
    if "current_password" in refused:
        problems["current_password"] = texts_of(request)("account.password_wrong")
    if "new_password" in refused or not refused:
        problems["new_password"] = _why(request, current, new)
    return problems


def _why(request: Request, current: str, new: str) -> str:
    t = texts_of(request)
    if not MINIMUM <= len(new) <= MAXIMUM:
        return t("account.password_length", least=t.number(MINIMUM), most=t.number(MAXIMUM))
    return t("account.password_same") if new == current else t("account.password_unfit")


def _form(
    request: Request,
    person: Person,
    status: int = 200,
    errors: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    response = console_page(
        request, "password.html", status=status, person=person, path=PATH, errors=errors or {}, minimum=MINIMUM
    )
    response.headers.update(headers or {})
    return response


ROUTES = (page_at(PATH, get=show, post=submit),)
