"""The client that a page is about, and whether whoever looks at it may change it."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from grantwell.pages.console.clients.paths import PATH, api_of, page_of
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.person import Person
from grantwell.pages.refusing import reason_of
from grantwell.sdk import NotFoundError
from grantwell.sdk.types import OAuthClient


@dataclass(frozen=True, slots=True)
class Viewed:
    """A client as a person sees it. `editable` says that this person may change it."""

    client: OAuthClient
    editable: bool

    @property
    def path(self) -> str:
        """The client's page."""
        return page_of(self.client.client_id)

    @property
    def verified(self) -> bool:
        """Whether the operator vouches for it."""
        return self.client.extra.get("verified") is True

    @property
    def is_confidential(self) -> bool:
        """Whether it has a secret."""
        return self.client.client_type == "confidential"


async def look_up(request: Request, person: Person) -> Viewed:
    """The client that the path names. Raises PageError (404) where the organization has none of that id."""
    try:
        client = (await person.server(request).oauth_clients.retrieve(request.path_params["id"])).data
    except NotFoundError as e:
        t = texts_of(request)
        title, message = t("clients.unknown_title"), t("clients.unknown")
        raise PageError(404, title, message, reason=reason_of(e), then=(PATH, t("console.back"))) from None
    # The server decides; this only keeps buttons from those whom it would refuse.
    return Viewed(client, person.is_admin or client.user_id == person.user_id)


async def look_up_editable(request: Request, person: Person) -> Viewed:
    """The same, for a page that changes it. Raises PageError (403) for somebody who may not."""
    viewed = await look_up(request, person)
    if not viewed.editable:
        t = texts_of(request)
        title, message = t("clients.not_yours_title"), t("clients.not_yours")
        then = (viewed.path, t("clients.to_client"))
        raise PageError(403, title, message, reason="client_of_another_user", then=then)
    return viewed


async def secrets_of(request: Request, person: Person, client: OAuthClient) -> list[dict[str, Any]]:
    """The secrets of a client that work, the newest first."""
    found = await person.server(request).get(api_of(client.client_id, "/secrets"))
    return list(found["data"])


async def is_enabled(request: Request, person: Person, client: OAuthClient) -> bool:
    """Whether a client is not switched off."""
    status = await person.server(request).get(api_of(client.client_id, "/status"))
    return bool(status["data"]["enabled"])
