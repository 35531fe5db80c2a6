"""Discovery: authorization server metadata (RFC 8414) and protected resource metadata (RFC 9728)."""

from typing import Any

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.operation import Documentation, Operation, load_nothing
from grantwell.protocol.outcome import Outcome, Reply

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
CACHED = (("Cache-Control", "public, max-age=300"),)


class ResourceMetadata(Struct, frozen=True):
    """RFC 9728 section 2."""

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...]
    bearer_methods_supported: tuple[str, ...]


class AuthorizationServerMetadata(Struct, frozen=True):
    """RFC 8414 section 2; the endpoints of what is registered come beside these."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    introspection_endpoint: str
    registration_endpoint: str
    jwks_uri: str
    scopes_supported: tuple[str, ...]
    response_types_supported: tuple[str, ...]
    grant_types_supported: tuple[str, ...]
    code_challenge_methods_supported: tuple[str, ...]
    token_endpoint_auth_methods_supported: tuple[str, ...]


def read(_call: Call, _context: Context) -> None:
    """Nothing is asked: it takes no input and no credentials, whatever SDKs send along."""


def decide_server(_request: None, _facts: None, context: Context) -> Outcome:
    """Describe this server, as it is configured and as its operations are registered."""
    server = context.server
    methods = ("S256", "plain") if server.allow_plain_pkce else ("S256",)
    metadata: dict[str, Any] = {
        "issuer": server.issuer,
        **dict(server.endpoints),
        "scopes_supported": server.scope_ids,
        "response_types_supported": ("code",),
        "response_modes_supported": ("query",),
        "grant_types_supported": server.grant_types,
        "code_challenge_methods_supported": methods,
        "token_endpoint_auth_methods_supported": ("none", *SECRET_METHODS),
        "introspection_endpoint_auth_methods_supported": SECRET_METHODS,
        "authorization_response_iss_parameter_supported": True,
        "protected_resources": server.resources or (server.default_resource,),
        **dict(server.metadata),
    }
    if server.registration == "off":
        del metadata["registration_endpoint"]
    return Outcome(Reply(200, metadata, CACHED))


def decide_resource(_request: None, _facts: None, context: Context) -> Outcome:
    """Describe the management API as a protected resource."""
    server = context.server
    metadata = ResourceMetadata(server.issuer, (server.issuer,), server.scope_ids, ("header",))
    return Outcome(Reply(200, metadata, CACHED))


GET_AUTHORIZATION_SERVER_METADATA = Operation(
    "GetOAuthAuthorizationServerMetadata",
    "GET /.well-known/oauth-authorization-server",
    "public",
    read,
    load_nothing,
    decide_server,
    Documentation(summary="Authorization server metadata", tag="Discovery", response=AuthorizationServerMetadata),
)
GET_PROTECTED_RESOURCE_METADATA = Operation(
    "GetOAuthProtectedResourceMetadata",
    "GET /.well-known/oauth-protected-resource",
    "public",
    read,
    load_nothing,
    decide_resource,
    Documentation(summary="Protected resource metadata", tag="Discovery", response=ResourceMetadata),
)
