"""One's own API keys: list, make, revoke. A key is shown once, when it is made."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.sessions import IDENTIFIER
from grantwell.pages.console.shell import confirm_page, console_page, read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.numbered import number_of
from grantwell.pages.person import Person
from grantwell.pages.refused_fields import refused_fields
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.routing import page_at
from grantwell.pages.site import site_of
from grantwell.sdk import NotFoundError, UnprocessableEntityError

PATH = "/account/keys"
NEW = f"{PATH}/new"
REVOKE = f"{PATH}/revoke"
CAPABILITIES = ("clients", "grants", "consent", "introspect")
FOR_ADMINS = ("sessions",)
# In days; an empty one is for ever.
LIVES = ("30", "90", "365", "")


async def show(request: Request) -> Response:
    """The list."""
    person = await require_person(request)
    found = await person.server(request).get("/api_keys", extra_query={"page[number]": number_of(request)})
    return console_page(
        request,
        "api_keys.html",
        person=person,
        path=PATH,
        new=NEW,
        revoke=REVOKE,
        keys=found["data"],
        meta=found["meta"],
    )


async def show_new(request: Request) -> Response:
    """The form."""
    return _form(request, await require_person(request), {}, ())


async def create(request: Request) -> Response:
    """Make a key, and show it once: it is in this answer and nowhere else."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    wanted = tuple(each for each in _offered(person) if each in fields)
    days = fields.get("days", "")
    body = {
        "name": fields.get("name", "").strip(),
        "capabilities": wanted,
        "expires_in_days": int(days) if days in LIVES and days else None,
    }
    try:
        made = (await person.server(request).post("/api_keys", body=body))["data"]
    except UnprocessableEntityError as e:
        tell_reason(request, reason_of(e))
        t = texts_of(request)
        words = {"name": t("account.key_name_wrong"), "capabilities": t("account.key_rights_missing")}
        errors = {name: words[name] for name in refused_fields(e) if name in words}
        return _form(request, person, fields, wanted, 422, errors)
    return console_page(
        request, "api_key_made.html", person=person, path=PATH, key=made, issuer=site_of(request).issuer
    )


def _form(
    request: Request,
    person: Person,
    fields: dict[str, str],
    wanted: tuple[str, ...],
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    return console_page(
        request,
        "api_key_new.html",
        status=status,
        person=person,
        path=NEW,
        back=PATH,
        offered=_offered(person),
        wanted=wanted,
        lives=LIVES,
        fields=fields,
        errors=errors or {},
    )


def _offered(person: Person) -> tuple[str, ...]:
    return CAPABILITIES + (FOR_ADMINS if person.is_admin else ())


async def ask_to_revoke(request: Request) -> Response:
    """Ask once more."""
    person = await require_person(request)
    return ask(request, person, request.query_params.get("id", ""), request.query_params.get("name", ""), PATH)


def ask(request: Request, person: Person, key_id: str, name: str, back: str) -> Response:
    """The question, and what revoking does and does not do."""
    t = texts_of(request)
    question = t("account.revoke_question", name=name[:100]) if name else t("account.revoke_question_unnamed")
    consequences = (t("account.revoke_ends"), t("account.revoke_leaves"))
    button = t("account.revoke")
    return confirm_page(
        request, person, question=question, consequences=consequences, button=button, back=back, fields={"id": key_id}
    )


async def revoke(request: Request) -> Response:
    """Revoke it."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    return see_other_with(request, person, PATH, await revoked(request, person, fields.get("id", "")))


async def revoked(request: Request, person: Person, key_id: str) -> Notice:
    """Revoke a key; what is to be said of it afterwards."""
    try:
        if IDENTIFIER.fullmatch(key_id):
            await person.server(request).delete(f"/api_keys/{key_id}")
            return Notice("account.key_revoked")
    except NotFoundError:
        pass
    return Notice("account.key_gone", kind="warn")


ROUTES = (
    page_at(PATH, get=show),
    page_at(NEW, get=show_new, post=create),
    page_at(REVOKE, get=ask_to_revoke, post=revoke),
)
