"""Making a client: its identity, its secret, and what everything starts as."""

from typing import Any

from grantwell.protocol.context import Context
from grantwell.protocol.generated_secret import CLIENT_SECRET, hash_secret, new_secret
from grantwell.protocol.records import Client, ClientType, IntrospectionReach, Origin


def new_client(  # noqa: PLR0913 - each is what one kind of maker says of its client
    fields: dict[str, Any],
    client_type: ClientType,
    context: Context,
    *,
    org_id: str,
    user_id: str,
    origin: Origin = "management",
    token_endpoint_auth_method: str = "",
    verified: bool = False,
    introspection: IntrospectionReach | None = None,
) -> tuple[Client, str | None]:
    """A new client of judged `fields`, and its secret if it is confidential; the client holds only the hash."""
    secret = new_secret(CLIENT_SECRET, context.entropy) if client_type == "confidential" else None
    client = Client(
        client_id=context.identifier(),
        org_id=org_id,
        user_id=user_id,
        name=fields["name"],
        client_type=client_type,
        origin=origin,
        token_endpoint_auth_method=token_endpoint_auth_method,
        allowed_scopes=fields.get("allowed_scopes", ()),
        allowed_grant_types=fields.get("allowed_grant_types", ()),
        redirect_uris=fields.get("redirect_uris", ()),
        require_pkce=fields.get("require_pkce", False),
        logo_uri=fields.get("logo_uri"),
        policy_uri=fields.get("policy_uri"),
        tos_uri=fields.get("tos_uri"),
        verified=verified,
        enabled=True,
        valid_after=0,
        secret_hash=hash_secret(secret) if secret else None,
        secret_last_used_at=None,
        older_secret_hash=None,
        older_secret_expires_at=None,
        older_secret_last_used_at=None,
        revision=0,
        created_at=context.now,
        updated_at=context.now,
        last_used_at=None,
        authorized_at=None,
        introspection=introspection,
    )
    return client, secret
