"""A client as a form holds it, before the server has judged it."""

from dataclasses import dataclass
from typing import Any

from grantwell.sdk.types import OAuthClient

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
TYPES = ("confidential", "public")
SCOPE, GRANT = "scope:", "grant:"
MAXIMUM_FIELDS = 256  # a tick each for the scopes of a catalogue


@dataclass(frozen=True, slots=True)
class Draft:
    """What the fields of the form hold; `redirect_uris` one a line."""

    name: str = ""
    client_type: str = "confidential"
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scopes: tuple[str, ...] = ()
    redirect_uris: str = ""
    require_pkce: bool = True
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""

    def body(self) -> dict[str, Any]:
        """What is sent to the server, but for the type, which never changes."""
        return {
            "name": self.name,
            "allowed_scopes": list(self.scopes),
            "allowed_grant_types": list(self.grant_types),
            "redirect_uris": [line.strip() for line in self.redirect_uris.splitlines() if line.strip()],
            "require_pkce": self.require_pkce,
            "logo_uri": self.logo_uri or None,
            "policy_uri": self.policy_uri or None,
            "tos_uri": self.tos_uri or None,
        }


def draft_of(client: OAuthClient) -> Draft:
    """The form for a client that there is."""
    return Draft(
        client.name,
        client.client_type,
        tuple(client.allowed_grant_types or ()),
        tuple(client.allowed_scopes or ()),
        "\n".join(client.redirect_uris or ()),
        client.require_pkce,
        client.logo_uri or "",
        client.policy_uri or "",
        client.tos_uri or "",
    )


def read_draft(fields: dict[str, str]) -> Draft:
    """The form as it was sent."""
    return Draft(
        fields.get("name", "").strip(),
        fields.get("client_type", ""),
        _ticked(fields, GRANT),
        _ticked(fields, SCOPE),
        fields.get("redirect_uris", ""),
        "require_pkce" in fields,
        fields.get("logo_uri", "").strip(),
        fields.get("policy_uri", "").strip(),
        fields.get("tos_uri", "").strip(),
    )


def _ticked(fields: dict[str, str], beginning: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(beginning) for name in fields if name.startswith(beginning))
