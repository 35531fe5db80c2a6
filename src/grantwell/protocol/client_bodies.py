"""The management API's client bodies: what is sent, and how a client looks from outside."""

from msgspec import Struct

from grantwell.protocol.paging import PaginationMeta
from grantwell.protocol.records import Client
from grantwell.protocol.timestamps import rfc3339


class OAuthClient(Struct, frozen=True, kw_only=True):
    """The API's client object. The secret stands in the answer that made it, and nowhere else."""

    record_type: str = "oauth_client"
    client_id: str
    name: str
    org_id: str
    user_id: str
    client_type: str
    require_pkce: bool
    allowed_scopes: tuple[str, ...]
    allowed_grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    client_secret: str | None
    verified: bool
    last_used_at: str | None
    created_at: str
    updated_at: str


class OAuthClientResponse(Struct, frozen=True):
    """The envelope."""

    data: OAuthClient


class OAuthClientList(Struct, frozen=True):
    """One page."""

    data: tuple[OAuthClient, ...]
    meta: PaginationMeta


class NewClient(Struct, frozen=True, kw_only=True):
    """The body of a creation."""

    name: str
    allowed_scopes: tuple[str, ...]
    client_type: str
    allowed_grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    require_pkce: bool = False
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None


class ClientUpdate(Struct, frozen=True, kw_only=True):
    """The body of an update; what is absent stays, and a null clears a URI."""

    name: str = ""
    allowed_scopes: tuple[str, ...] = ()
    allowed_grant_types: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    require_pkce: bool = False
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None


def show_client(client: Client, secret: str | None = None) -> OAuthClient:
    """How a client looks from outside."""
    return OAuthClient(
        client_id=client.client_id,
        name=client.name,
        org_id=client.org_id,
        user_id=client.user_id,
        client_type=client.client_type,
        require_pkce=client.require_pkce,
        allowed_scopes=client.allowed_scopes,
        allowed_grant_types=client.allowed_grant_types,
        redirect_uris=client.redirect_uris,
        logo_uri=client.logo_uri,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
        client_secret=secret,
        verified=client.verified,
        last_used_at=rfc3339(client.last_used_at) if client.last_used_at is not None else None,
        created_at=rfc3339(client.created_at),
        updated_at=rfc3339(client.updated_at),
    )
