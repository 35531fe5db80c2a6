"""Making a client. Its secret is in the answer to the form and nowhere else: no address, no cookie, no cache."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.draft import MAXIMUM_FIELDS, Draft, read_draft
from grantwell.pages.console.clients.form import form_page
from grantwell.pages.console.clients.paths import PATH, page_of
from grantwell.pages.console.clients.refusals import errors_of
from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.sdk import UnprocessableEntityError


async def show(request: Request) -> Response:
    """The empty form."""
    return await form_page(request, await require_person(request), Draft(), back=PATH, is_new=True)


async def submit(request: Request) -> Response:
    """Make it, and show its secret if it has one."""
    person = await require_person(request)
    draft = read_draft(await read_own_form(request, person, maximum_fields=MAXIMUM_FIELDS))
    try:
        body = {**draft.body(), "client_type": draft.client_type}
        made = (await person.server(request).post("/oauth_clients", body=body))["data"]
    except UnprocessableEntityError as e:
        tell_reason(request, reason_of(e))
        errors = errors_of(e, texts_of(request))
        return await form_page(request, person, draft, back=PATH, is_new=True, errors=errors)
    path = page_of(made["client_id"])
    if made["client_secret"] is None:
        return see_other_with(request, person, path, Notice("clients.made", {"name": made["name"]}))
    return console_page(
        request,
        "client_secret.html",
        person=person,
        path=path,
        name=made["name"],
        client_id=made["client_id"],
        secret=made["client_secret"],
        made=True,
        older_until=None,
    )
