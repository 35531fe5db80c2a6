"""The list of clients, searched and narrowed."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.paths import NEW, PATH
from grantwell.pages.console.shell import console_page, require_person
from grantwell.pages.numbered import number_of

TYPES = ("confidential", "public")
GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token")
VERIFIED = {"yes": "true", "no": "false"}
MAXIMUM_SEARCH = 255
PAGE_SIZE = 25


async def show(request: Request) -> Response:
    """The page."""
    person = await require_person(request)
    chosen = chosen_in(request)
    found = await person.server(request).get("/oauth_clients", extra_query=query_for(chosen, number_of(request)))
    return console_page(
        request,
        "clients.html",
        person=person,
        path=PATH,
        new=NEW,
        clients=found["data"],
        meta=found["meta"],
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        types=TYPES,
        grant_types=GRANT_TYPES,
    )


def chosen_in(request: Request) -> dict[str, str]:
    """What the list is narrowed to; what nobody can choose is not chosen."""
    query = request.query_params
    offered = {"type": TYPES, "grant": GRANT_TYPES, "verified": tuple(VERIFIED)}
    chosen = {name: query.get(name, "") for name in offered}
    chosen = {name: value if value in offered[name] else "" for name, value in chosen.items()}
    return {"name": query.get("name", "").strip()[:MAXIMUM_SEARCH], **chosen}


def query_for(chosen: dict[str, str], number: int) -> dict[str, str | int]:
    """What the API is asked."""
    asked = {
        "filter[name][contains]": chosen["name"],
        "filter[client_type]": chosen["type"],
        "filter[allowed_grant_types][contains]": chosen["grant"],
        "filter[verified]": VERIFIED.get(chosen["verified"], ""),
    }
    return {"page[number]": number, "page[size]": PAGE_SIZE, **{name: value for name, value in asked.items() if value}}
