"""Changing a client."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.draft import MAXIMUM_FIELDS, draft_of, read_draft
from grantwell.pages.console.clients.form import form_page
from grantwell.pages.console.clients.looking_up import look_up_editable
from grantwell.pages.console.clients.paths import api_of
from grantwell.pages.console.clients.refusals import errors_of
from grantwell.pages.console.shell import read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.sdk import UnprocessableEntityError


async def show(request: Request) -> Response:
    """The form as the client is."""
    person = await require_person(request)
    viewed = await look_up_editable(request, person)
    return await form_page(request, person, draft_of(viewed.client), back=viewed.path, is_new=False)


async def submit(request: Request) -> Response:
    """Save it."""
    person = await require_person(request)
    fields = await read_own_form(request, person, maximum_fields=MAXIMUM_FIELDS)
    viewed = await look_up_editable(request, person)
    draft = read_draft({**fields, "client_type": viewed.client.client_type})
    try:
        await person.server(request).put(api_of(viewed.client.client_id), body=draft.body())
    except UnprocessableEntityError as e:
        tell_reason(request, reason_of(e))
        errors = errors_of(e, texts_of(request))
        return await form_page(request, person, draft, back=viewed.path, is_new=False, errors=errors)
    return see_other_with(request, person, viewed.path, Notice("clients.saved"))
