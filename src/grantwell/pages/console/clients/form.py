"""The form for a client, new or not, with each field explained and each mistake beside its field."""

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.draft import GRANT, GRANT_TYPES, SCOPE, TYPES, Draft
from grantwell.pages.console.shell import console_page
from grantwell.pages.person import Person
from grantwell.pages.site import site_of

METADATA = "/.well-known/oauth-authorization-server"


async def form_page(
    request: Request,
    person: Person,
    draft: Draft,
    *,
    back: str,
    is_new: bool,
    errors: dict[str, str] | None = None,
) -> Response:
    """The page; with `errors`, messages by field, it is a 422."""
    return console_page(
        request,
        "client_form.html",
        status=422 if errors else 200,
        person=person,
        draft=draft,
        is_new=is_new,
        action=request.url.path,
        back=back,
        errors=errors or {},
        types=TYPES,
        grant_types=GRANT_TYPES,
        scopes=await _scopes(request, draft),
        names={"scope": SCOPE, "grant": GRANT},
    )


async def _scopes(request: Request, draft: Draft) -> tuple[str, ...]:
    """The scopes of the catalogue, and those that the client has from an earlier one. Raises APIError."""
    metadata = await site_of(request).server(request, base="").get(METADATA)
    return tuple(dict.fromkeys((*metadata["scopes_supported"], *draft.scopes)))
