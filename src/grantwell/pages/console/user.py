"""One user of the organization, for its administrators: role, access, password, API keys and sign-ins."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console import api_keys, users
from grantwell.pages.console.sessions import IDENTIFIER, described
from grantwell.pages.console.shell import confirm_page, console_page, read_own_form, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person
from grantwell.pages.routing import page_at
from grantwell.sdk import NotFoundError, UnprocessableEntityError

TEMPLATE = f"{users.PATH}/{{user_id}}"


async def show(request: Request) -> Response:
    """The page."""
    person = await require_person(request, admin=True)
    user = await _user(request, person)
    query = {"filter[user_id]": user["id"], "page[size]": 100}
    keys = await person.server(request).get("/api_keys", extra_query=query)
    sessions = await person.server(request).get("/sessions", extra_query=query)
    return console_page(
        request,
        "user.html",
        person=person,
        path=_path(request),
        user=user,
        keys=keys["data"],
        sessions=described(sessions["data"]),
        roles=users.ROLES,
    )


async def change_role(request: Request) -> Response:
    """Another role, at once."""
    person = await require_person(request, admin=True)
    role = (await read_own_form(request, person)).get("role", "")
    return await _change(request, person, {"role": role}, Notice("users.role_changed"))


async def enable(request: Request) -> Response:
    """Let the user in again."""
    person = await require_person(request, admin=True)
    await read_own_form(request, person)
    return await _change(request, person, {"enabled": True}, Notice("users.enabled_again"))


async def ask_to_disable(request: Request) -> Response:
    """Ask once more."""
    person = await require_person(request, admin=True)
    user, t = await _user(request, person), texts_of(request)
    return confirm_page(
        request,
        person,
        question=t("users.disable_question", email=user["email"]),
        consequences=(t("users.disable_ends"), t("users.disable_clients"), t("users.disable_back")),
        button=t("users.disable"),
        back=_path(request),
    )


async def disable(request: Request) -> Response:
    """Keep the user out."""
    person = await require_person(request, admin=True)
    await read_own_form(request, person)
    return await _change(request, person, {"enabled": False}, Notice("users.disabled_now"))


async def ask_to_reset(request: Request) -> Response:
    """Ask once more."""
    person = await require_person(request, admin=True)
    user, t = await _user(request, person), texts_of(request)
    return confirm_page(
        request,
        person,
        question=t("users.reset_question", email=user["email"]),
        consequences=(t("users.reset_ends"), t("users.reset_keys")),
        button=t("users.reset"),
        back=_path(request),
    )


async def reset(request: Request) -> Response:
    """Make a new password, and show it once: it is in this answer and nowhere else."""
    person = await require_person(request, admin=True)
    await read_own_form(request, person)
    user_id = (await _user(request, person))["id"]
    made = (await person.server(request).post("/users/reset_password", body={"user_id": user_id}))["data"]
    return console_page(request, "user_password.html", person=person, path=_path(request), user=made, made=False)


async def ask_to_revoke(request: Request) -> Response:
    """Ask once more."""
    person = await require_person(request, admin=True)
    query = request.query_params
    return api_keys.ask(request, person, query.get("id", ""), query.get("name", ""), _path(request))


async def revoke(request: Request) -> Response:
    """Revoke a key of the user's."""
    person = await require_person(request, admin=True)
    fields = await read_own_form(request, person)
    return see_other_with(
        request, person, _path(request), await api_keys.revoked(request, person, fields.get("id", ""))
    )


async def end_session(request: Request) -> Response:
    """End a session of the user's."""
    person = await require_person(request, admin=True)
    fields = await read_own_form(request, person)
    try:
        if IDENTIFIER.fullmatch(fields.get("id", "")):
            await person.server(request).delete(f"/sessions/{fields['id']}")
    except NotFoundError:
        return see_other_with(request, person, _path(request), Notice("account.session_gone", kind="warn"))
    return see_other_with(request, person, _path(request), Notice("account.session_ended"))


async def _change(request: Request, person: Person, body: dict[str, Any], notice: Notice) -> Response:
    user_id = _user_id(request)
    try:
        await person.server(request).put(f"/users/{user_id}", body=body)
    except NotFoundError:
        raise _not_found(request) from None
    except UnprocessableEntityError:
        # Roles come from our own form, so it can only be this.
        notice = Notice("users.last_administrator", kind="bad")
    return see_other_with(request, person, _path(request), notice)


async def _user(request: Request, person: Person) -> dict[str, Any]:
    try:
        found: dict[str, Any] = (await person.server(request).get(f"/users/{_user_id(request)}"))["data"]
    except NotFoundError:
        raise _not_found(request) from None
    return found


def _user_id(request: Request) -> str:
    user_id: str = request.path_params["user_id"]
    if not IDENTIFIER.fullmatch(user_id):
        raise _not_found(request)
    return user_id


def _path(request: Request) -> str:
    return f"{users.PATH}/{_user_id(request)}"


def _not_found(request: Request) -> PageError:
    t = texts_of(request)
    then = (users.PATH, t("console.back"))
    return PageError(404, t("users.not_found_title"), t("users.not_found"), reason="user_not_found", then=then)


ROUTES = (
    page_at(TEMPLATE, get=show),
    page_at(f"{TEMPLATE}/role", post=change_role),
    page_at(f"{TEMPLATE}/enable", post=enable),
    page_at(f"{TEMPLATE}/disable", get=ask_to_disable, post=disable),
    page_at(f"{TEMPLATE}/reset-password", get=ask_to_reset, post=reset),
    page_at(f"{TEMPLATE}/revoke-key", get=ask_to_revoke, post=revoke),
    page_at(f"{TEMPLATE}/end-session", post=end_session),
)
