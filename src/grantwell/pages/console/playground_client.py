"""The client of the playground: which one, what it may, and what may be changed about it here."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.requests import Request

from grantwell.pages.errors import PageError, sentence
from grantwell.pages.language import texts_of
from grantwell.pages.person import Person
from grantwell.pages.refusing import reason_of
from grantwell.pages.site import site_of
from grantwell.sdk import NotFoundError, PermissionDeniedError, UnprocessableEntityError
from grantwell.sdk.types import OAuthClient

PATH = "/console/playground"
# By this name, and by being good for nothing else, a client made here is known again.
PLAYGROUND_CLIENT = "Playground"
LONGEST_ID = 255

T = TypeVar("T")


def redirect_uri_of(request: Request) -> str:
    """Where the playground has people sent back to."""
    return f"{site_of(request).issuer}{PATH}/callback"


def may_authorize(client: OAuthClient) -> bool:
    """Whether the client may ask people."""
    return "authorization_code" in (client.allowed_grant_types or ())


def can_delete(client: OAuthClient, redirect_uri: str) -> bool:
    """Whether the client was made here, and nothing but this page can need it."""
    return (client.name, client.client_type, client.redirect_uris) == (PLAYGROUND_CLIENT, "public", [redirect_uri])


def client_facts(client: OAuthClient) -> dict[str, Any]:
    """What the script knows of the client."""
    return {
        "client_id": client.client_id,
        "public": client.client_type == "public",
        "refreshes": "refresh_token" in (client.allowed_grant_types or ()),
    }


async def find_client(request: Request, person: Person, client_id: str) -> OAuthClient:
    """A client of the person's organization. Raises PageError if there is none with this id."""
    if not client_id.strip(".") or len(client_id) > LONGEST_ID:
        raise _no_such_client(request)
    try:
        return (await person.server(request).oauth_clients.retrieve(client_id)).data
    except NotFoundError:
        raise _no_such_client(request) from None


async def change_client(request: Request, change: Awaitable[T]) -> T:
    """Make, change or delete a client. Raises PageError if the server does not let this person."""
    t = texts_of(request)
    try:
        return await change
    except PermissionDeniedError as e:
        title, message = t("playground.forbidden_title"), t("playground.forbidden")
        raise PageError(403, title, message, reason=reason_of(e), then=_back(request)) from None
    except NotFoundError:
        raise _no_such_client(request) from None
    except UnprocessableEntityError as e:
        why = sentence(e.error_description or "")
        title = t("playground.refused_title")
        raise PageError(422, title, why, reason=reason_of(e), then=_back(request)) from None


def _no_such_client(request: Request) -> PageError:
    t = texts_of(request)
    title, message = t("playground.no_client_title"), t("playground.no_client")
    return PageError(404, title, message, reason="client_not_found", then=_back(request))


def _back(request: Request) -> tuple[str, str]:
    return PATH, texts_of(request)("playground.choose_another")
