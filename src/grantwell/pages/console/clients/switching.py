"""Switching a client off and on again."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.looking_up import look_up_editable
from grantwell.pages.console.clients.paths import api_of
from grantwell.pages.console.shell import confirm_page, read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with


async def show(request: Request) -> Response:
    """The question before it is switched off; on needs none."""
    person = await require_person(request)
    viewed = await look_up_editable(request, person)
    t = texts_of(request)
    return confirm_page(
        request,
        person,
        question=t("clients.disable_question", name=viewed.client.name),
        consequences=(t("clients.disable_tokens"), t("clients.disable_back")),
        button=t("clients.disable"),
        back=viewed.path,
        fields={"enabled": "no"},
    )


async def submit(request: Request) -> Response:
    """Switch it."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    viewed = await look_up_editable(request, person)
    enabled = fields.get("enabled") == "yes"
    await person.server(request).put(api_of(viewed.client.client_id, "/status"), body={"enabled": enabled})
    notice = Notice("clients.enabled" if enabled else "clients.disabled", {"name": viewed.client.name})
    return see_other_with(request, person, viewed.path, notice)
