"""Every operation of the API, by its id: the 17 that it consists of, and ours beside them."""

from typing import NamedTuple


class Wire(NamedTuple):
    """Method and path template; whether it reads a body, and that also as a form."""

    method: str
    path: str
    body: bool = False
    form: bool = False


THE_17 = {
    "GetOAuthAuthorizationServerMetadata": Wire("GET", "/.well-known/oauth-authorization-server"),
    "GetOAuthProtectedResourceMetadata": Wire("GET", "/.well-known/oauth-protected-resource"),
    "AuthorizeOAuth": Wire("GET", "/v2/oauth/authorize"),
    "GetOAuthConsentToken": Wire("GET", "/v2/oauth/consent/{consent_token}"),
    "CreateOAuthGrant": Wire("POST", "/v2/oauth/grants", body=True),
    "IntrospectOAuthToken": Wire("POST", "/v2/oauth/introspect", body=True, form=True),
    "GetOAuthJWKS": Wire("GET", "/v2/oauth/jwks"),
    "RegisterOAuthClient": Wire("POST", "/v2/oauth/register", body=True),
    "ExchangeOAuthToken": Wire("POST", "/v2/oauth/token", body=True, form=True),
    "ListOAuthClients": Wire("GET", "/v2/oauth_clients"),
    "CreateOAuthClient": Wire("POST", "/v2/oauth_clients", body=True),
    "GetOAuthClient": Wire("GET", "/v2/oauth_clients/{id}"),
    "UpdateOAuthClient": Wire("PUT", "/v2/oauth_clients/{id}", body=True),
    "DeleteOAuthClient": Wire("DELETE", "/v2/oauth_clients/{id}"),
    "ListOAuthGrants": Wire("GET", "/v2/oauth_grants"),
    "GetOAuthGrant": Wire("GET", "/v2/oauth_grants/{id}"),
    "RevokeOAuthGrant": Wire("DELETE", "/v2/oauth_grants/{id}"),
}
BESIDE = {
    "InspectOAuthToken": Wire("POST", "/v2/oauth/inspect", body=True),
    "RevokeOAuthToken": Wire("POST", "/v2/oauth/revoke", body=True, form=True),
    "CreateSession": Wire("POST", "/v2/sessions", body=True),
    "CreateSessionToken": Wire("POST", "/v2/sessions/token", body=True),
    "EndSession": Wire("POST", "/v2/sessions/end", body=True),
    "ListAuditEvents": Wire("GET", "/v2/audit_events"),
    "ListSigningKeys": Wire("GET", "/v2/signing_keys"),
    "RotateSigningKeys": Wire("POST", "/v2/signing_keys", body=True),
    "RevokeSigningKey": Wire("DELETE", "/v2/signing_keys/{id}"),
}
ALL_OPERATIONS = THE_17 | BESIDE
WITH_BODY = {name: wire for name, wire in ALL_OPERATIONS.items() if wire.body}
