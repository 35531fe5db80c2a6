"""What the pages know of the provider at which people may sign in, and how they vouch for what they find there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

PATH = "/sign-in/external"
CALLBACK = f"{PATH}/callback"


class LoginFailed(Exception):
    """The provider cannot be reached, or what it says cannot be believed. The words are for the operator's log."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom the provider has told us of; the address is empty if it told none."""

    subject: str
    email: str
    email_verified: bool


# From issuer, subject, address, and whether that is verified, to what the operation takes for proven.
Vouch: TypeAlias = Callable[[str, str, str, bool], str]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Our client at the provider. `client_secret` is empty for a public one."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    redirect_uri: str


class Provider(Protocol):
    """An OpenID Connect provider."""

    async def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Where the browser goes to sign in. Raises LoginFailed."""

    async def identify(self, code: str, nonce: str, code_verifier: str, iss: str | None) -> Found:
        """Who has signed in, by the answer's code and `iss` (RFC 9207). Raises LoginFailed."""


@dataclass(frozen=True, slots=True)
class ExternalLogin:
    """The provider as the pages use it; `name` is what the button calls it."""

    name: str
    issuer: str
    provider: Provider
    vouch: Vouch
