"""The bodies of what a person has allowed, and to which app."""

from msgspec import Struct

from grantwell.protocol.apps_store import AppView
from grantwell.protocol.context import Context, Scope
from grantwell.protocol.paging import PaginationMeta
from grantwell.protocol.timestamps import rfc3339


class ConnectedApp(Struct, frozen=True, kw_only=True):
    """A grant, with the client that it was given to. `id` is the grant's.

    `first_party` says that the client is made and looked after by the person's own organization. After `DELETE
    /oauth_grants/{id}` an API that verifies tokens by itself may accept one for `offline_seconds` at most.
    """

    id: str
    record_type: str = "connected_app"
    client_id: str
    name: str
    verified: bool
    first_party: bool
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    scopes: tuple[Scope, ...]
    resources: tuple[str, ...]
    created_at: str
    last_used_at: str | None
    offline_seconds: int


class ConnectedAppResponse(Struct, frozen=True):
    """The envelope."""

    data: ConnectedApp


class ConnectedAppList(Struct, frozen=True):
    """One page."""

    data: tuple[ConnectedApp, ...]
    meta: PaginationMeta


def show_app(view: AppView, context: Context) -> ConnectedApp:
    """How a grant looks to whoever gave it."""
    grant, client, server = view.grant, view.client, context.server
    catalogue = {scope.id: scope for scope in server.scopes}
    return ConnectedApp(
        id=grant.grant_id,
        client_id=client.client_id,
        name=client.name,
        verified=client.verified,
        first_party=client.org_id == grant.org_id,
        logo_uri=client.logo_uri,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
        scopes=tuple(catalogue.get(scope, Scope(scope, scope, "")) for scope in grant.scopes),
        resources=tuple(consented.resource for consented in grant.consented),
        created_at=rfc3339(grant.created_at),
        last_used_at=rfc3339(view.last_used_at) if view.last_used_at is not None else None,
        offline_seconds=server.access_token_seconds,
    )
