"""The organization's users, for its administrators: the list, and making one."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.numbered import number_of
from grantwell.pages.person import Person
from grantwell.pages.refused_fields import refused_fields
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.routing import page_at
from grantwell.sdk import UnprocessableEntityError

PATH = "/console/users"
NEW = f"{PATH}/new"
ROLES = ("member", "admin")
STATES = {"enabled": "true", "disabled": "false"}
MAXIMUM_SEARCH = 320


async def show(request: Request) -> Response:
    """The list, searched and narrowed."""
    person = await require_person(request, admin=True)
    chosen = _chosen(request)
    asked = {
        "filter[email][contains]": chosen["q"] or None,
        "filter[role]": chosen["role"] or None,
        "filter[enabled]": STATES.get(chosen["state"]),
        "page[number]": number_of(request),
    }
    narrowed = {name: value for name, value in asked.items() if value is not None}
    found = await person.server(request).get("/users", extra_query=narrowed)
    return console_page(
        request,
        "users.html",
        person=person,
        path=PATH,
        new=NEW,
        users=found["data"],
        meta=found["meta"],
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        roles=ROLES,
        states=tuple(STATES),
    )


def _chosen(request: Request) -> dict[str, str]:
    query = request.query_params
    return {
        "q": "".join(filter(str.isprintable, query.get("q", ""))).strip()[:MAXIMUM_SEARCH],
        "role": query.get("role", "") if query.get("role") in ROLES else "",
        "state": query.get("state", "") if query.get("state") in STATES else "",
    }


async def show_new(request: Request) -> Response:
    """The form."""
    return _form(request, await require_person(request, admin=True), {})


async def create(request: Request) -> Response:
    """Make a user, and show the password once: it is in this answer and nowhere else."""
    person = await require_person(request, admin=True)
    fields = await read_own_form(request, person)
    email = fields.get("email", "").strip()
    try:
        body = {"email": email, "role": fields.get("role", "member")}
        made = (await person.server(request).post("/users", body=body))["data"]
    except UnprocessableEntityError as e:
        tell_reason(request, reason_of(e))
        t, taken = texts_of(request), (e.error_description or "").startswith("there is a user")
        words = {"email": t("users.email_taken") if taken else t("users.email_wrong"), "role": t("users.role_wrong")}
        return _form(request, person, fields, 422, {name: words[name] for name in refused_fields(e) if name in words})
    return console_page(request, "user_password.html", person=person, path=f"{PATH}/{made['id']}", user=made, made=True)


def _form(
    request: Request, person: Person, fields: dict[str, str], status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return console_page(
        request,
        "user_new.html",
        status=status,
        person=person,
        path=NEW,
        back=PATH,
        fields=fields,
        roles=ROLES,
        errors=errors or {},
    )


ROUTES = (page_at(PATH, get=show), page_at(NEW, get=show_new, post=create))
