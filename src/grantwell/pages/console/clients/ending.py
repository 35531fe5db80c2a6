"""Deleting a client, after one more question."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.looking_up import look_up_editable
from grantwell.pages.console.clients.paths import PATH
from grantwell.pages.console.shell import confirm_page, read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with


async def show(request: Request) -> Response:
    """The question."""
    person = await require_person(request)
    viewed = await look_up_editable(request, person)
    t = texts_of(request)
    return confirm_page(
        request,
        person,
        question=t("clients.delete_question", name=viewed.client.name),
        consequences=(t("clients.delete_tokens"), t("clients.delete_instead")),
        button=t("clients.delete"),
        back=viewed.path,
    )


async def submit(request: Request) -> Response:
    """Delete it."""
    person = await require_person(request)
    await read_own_form(request, person)
    viewed = await look_up_editable(request, person)
    await person.server(request).oauth_clients.delete(viewed.client.client_id)
    return see_other_with(request, person, PATH, Notice("clients.deleted", {"name": viewed.client.name}))
