"""What every page knows: whose site it is, and how to reach the server on behalf of the person who asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx
from starlette.requests import HTTPConnection

from grantwell.pages.brand import Brand
from grantwell.pages.external_login import ExternalLogin
from grantwell.pages.texts import Catalogue, shipped_catalogue
from grantwell.sdk import AsyncGrantwell

ConsentBinding: TypeAlias = Callable[[str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Site:
    """One server's pages."""

    issuer: str
    name: str
    transport: httpx.AsyncBaseTransport
    consent_binding: ConsentBinding
    catalogue: Catalogue = field(default_factory=shipped_catalogue)
    brand: Brand = field(default_factory=Brand)
    external_login: ExternalLogin | None = None
    password_sign_in: bool = True
    sign_in_url: str | None = None

    @property
    def secure(self) -> bool:
        """Whether people come by https; without it only loopback is served."""
        return self.issuer.startswith("https:")

    def server(self, request: HTTPConnection, token: str = "", base: str = "/v2") -> AsyncGrantwell:
        """The server, for one request. `token` acts for who is signed in; without it, for nobody.

        A client of its own each time (20 us): one that is shared would share its cookies between people.
        """
        return AsyncGrantwell(
            api_key=token,
            base_url=self.issuer + base,
            transport=self.transport,
            # A person waits, and can try again better than we can: a 429 would be slept through.
            max_retries=0,
            default_headers={
                "x-grantwell-address": state_of(request, "address"),
                "x-request-id": state_of(request, "request_id"),
            },
        )


def site_of(request: HTTPConnection) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site


def state_of(request: HTTPConnection, name: str) -> str:
    """What the edge found out about a request: `address` or `request_id`; empty where there is no edge."""
    value = str(request.scope.get("state", {}).get(name, ""))
    # The address may have come through a proxy's header.
    return "".join(each for each in value if "\x21" <= each <= "\x7e")
