"""The playground: try a client's flows, one request after the other, and see every answer.

The requests are the browser's own, made by `static/playground.js`; verifier and tokens never come to these pages. They
offer what the flows need of the server: a client, a redirect URI, and an opinion on a token (see `inspection`).
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from grantwell.pages.console.playground_client import (
    PATH,
    PLAYGROUND_CLIENT,
    can_delete,
    change_client,
    client_facts,
    find_client,
    may_authorize,
    redirect_uri_of,
)
from grantwell.pages.console.shell import console_page, read_own_form, require_person
from grantwell.pages.forms import read_form
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person, person_of
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.rendering import HEADERS, see_other
from grantwell.pages.routing import page_at
from grantwell.pages.site import site_of
from grantwell.sdk import APIError

CALLBACK = f"{PATH}/callback"
NEW_CLIENT = f"{PATH}/client"
DELETE_CLIENT = f"{PATH}/client/delete"
REDIRECT_URI = f"{PATH}/redirect-uri"
INSPECT = f"{PATH}/inspect"
OFFERED = 20
MAXIMUM_NAME = 255
# What a token says, and the header of a JWT; each has a text that explains it.
CLAIMS = ("iss", "sub", "aud", "client_id", "scope", "iat", "exp", "nbf", "jti", "lineage")
HEADER = ("alg", "typ", "kid")


async def show(request: Request) -> Response:
    """The flows of one client, or the choice of one."""
    person = await require_person(request)
    client_id = request.query_params.get("client_id", "")
    if not client_id:
        return await _choose(request, person)
    client, redirect_uri = await find_client(request, person, client_id), redirect_uri_of(request)
    return console_page(
        request,
        "playground.html",
        person=person,
        scripts=("playground.js",),
        styles=("playground.css",),
        client=client,
        facts=client_facts(client),
        authorizes=may_authorize(client),
        gets_its_own="client_credentials" in (client.allowed_grant_types or ()) and client.client_type != "public",
        redirect_uri=redirect_uri,
        registered=redirect_uri in (client.redirect_uris or ()),
        can_delete=can_delete(client, redirect_uri),
        issuer=site_of(request).issuer,
        inspect_token=person.form_token(INSPECT),
        claims=CLAIMS,
        header=HEADER,
    )


async def _choose(request: Request, person: Person) -> Response:
    name = request.query_params.get("name", "").strip()[:MAXIMUM_NAME]
    found = await person.server(request).oauth_clients.list(filter_name_contains=name or None, page_size=OFFERED)
    return console_page(
        request,
        "playground_choose.html",
        person=person,
        styles=("playground.css",),
        clients=found.data,
        name=name,
        more=found.has_next_page(),
    )


async def show_answer(request: Request) -> Response:
    """Where the browser comes back with the answer, which only the script reads: nothing of it is in the page."""
    person = await person_of(request)
    if person is None:
        # Not by way of the sign-in and back: the code would be in the address of another page.
        return see_other(PATH)
    return console_page(
        request,
        "playground_answer.html",
        person=person,
        scripts=("playground-answer.js",),
        styles=("playground.css",),
        issuer=site_of(request).issuer,
    )


async def make_client(request: Request) -> Response:
    """Make a public client for a try, which may come back here and nowhere else."""
    person = await require_person(request)
    await read_own_form(request, person)
    metadata = await site_of(request).server(request).well_known.retrieve_authorization_server_metadata()
    made = await change_client(
        request,
        person.server(request).oauth_clients.create(
            name=PLAYGROUND_CLIENT,
            client_type="public",
            allowed_scopes=metadata.scopes_supported or [],
            allowed_grant_types=["authorization_code", "refresh_token"],
            redirect_uris=[redirect_uri_of(request)],
        ),
    )
    return _to_client(request, person, made.data.client_id, "playground.client_made")


async def add_redirect_uri(request: Request) -> Response:
    """Let a client send people back here."""
    person = await require_person(request)
    client = await find_client(request, person, (await read_own_form(request, person)).get("client_id", ""))
    known, redirect_uri = client.redirect_uris or [], redirect_uri_of(request)
    if redirect_uri not in known:
        clients = person.server(request).oauth_clients
        await change_client(request, clients.update(client.client_id, redirect_uris=[*known, redirect_uri]))
    return _to_client(request, person, client.client_id, "playground.redirect_uri_added")


async def delete_client(request: Request) -> Response:
    """Delete a client that was made for a try; any other one is deleted elsewhere, with more questions."""
    person = await require_person(request)
    client = await find_client(request, person, (await read_own_form(request, person)).get("client_id", ""))
    if not can_delete(client, redirect_uri_of(request)):
        return see_other(f"{PATH}?{urlencode({'client_id': client.client_id})}")
    await change_client(request, person.server(request).oauth_clients.delete(client.client_id))
    return see_other_with(request, person, PATH, Notice("playground.client_deleted"))


def _to_client(request: Request, person: Person, client_id: str, said: str) -> RedirectResponse:
    return see_other_with(request, person, f"{PATH}?{urlencode({'client_id': client_id})}", Notice(said))


async def inspect(request: Request) -> Response:
    """What a token is worth, for the script: a public client cannot ask for itself (RFC 7662 section 2.1)."""
    fields, person = await read_form(request), await person_of(request)
    if person is None or not person.sent(fields, INSPECT):
        tell_reason(request, reason="form_token_wrong" if person else "not_signed_in")
        return JSONResponse({"error": "login_required"}, 401, HEADERS)
    try:
        told = await person.server(request).post("/oauth/inspect", body={"token": fields.get("token", "")})
    except APIError as e:
        tell_reason(request, reason_of(e))
        return JSONResponse({"error": "temporarily_unavailable"}, 503, HEADERS)
    return JSONResponse(told, 200, HEADERS)


ROUTES = (
    page_at(PATH, get=show),
    page_at(CALLBACK, get=show_answer),
    page_at(NEW_CLIENT, post=make_client),
    page_at(DELETE_CLIENT, post=delete_client),
    page_at(REDIRECT_URI, post=add_redirect_uri),
    page_at(INSPECT, post=inspect),
)
