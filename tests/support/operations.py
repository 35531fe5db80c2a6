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
    "GetSetup": Wire("GET", "/v2/setup"),
    "InspectOAuthToken": Wire("POST", "/v2/oauth/inspect", body=True),
    "RevokeOAuthToken": Wire("POST", "/v2/oauth/revoke", body=True, form=True),
    "CreateExternalSession": Wire("POST", "/v2/sessions/external", body=True),
    "CreateSession": Wire("POST", "/v2/sessions", body=True),
    "CreateSessionToken": Wire("POST", "/v2/sessions/token", body=True),
    "EndSession": Wire("POST", "/v2/sessions/end", body=True),
    "CreateSignInTicket": Wire("POST", "/v2/sessions/tickets", body=True),
    "ShowSignInTicket": Wire("POST", "/v2/sessions/tickets/show", body=True),
    "TradeSignInTicket": Wire("POST", "/v2/sessions/tickets/trade", body=True),
    "ListSessions": Wire("GET", "/v2/sessions"),
    "EndOneSession": Wire("DELETE", "/v2/sessions/{id}"),
    "EndSessions": Wire("POST", "/v2/sessions/end_all", body=True),
    "ChangePassword": Wire("POST", "/v2/account/password", body=True),
    "ListApiKeys": Wire("GET", "/v2/api_keys"),
    "CreateApiKey": Wire("POST", "/v2/api_keys", body=True),
    "RevokeApiKey": Wire("DELETE", "/v2/api_keys/{id}"),
    "ListUsers": Wire("GET", "/v2/users"),
    "CreateUser": Wire("POST", "/v2/users", body=True),
    "GetUser": Wire("GET", "/v2/users/{id}"),
    "UpdateUser": Wire("PUT", "/v2/users/{id}", body=True),
    "ResetPassword": Wire("POST", "/v2/users/reset_password", body=True),
    "ListConnectedApps": Wire("GET", "/v2/connected_apps"),
    "GetConnectedApp": Wire("GET", "/v2/connected_apps/{id}"),
    "ListRefusedRequests": Wire("GET", "/v2/refused_requests"),
    "GetRefusedRequest": Wire("GET", "/v2/refused_requests/{reference}"),
    "ListOAuthClientSecrets": Wire("GET", "/v2/oauth_clients/{id}/secrets"),
    "RotateOAuthClientSecret": Wire("POST", "/v2/oauth_clients/{id}/secrets", body=True),
    "EndOlderOAuthClientSecret": Wire("DELETE", "/v2/oauth_clients/{id}/secrets"),
    "GetOAuthClientStatus": Wire("GET", "/v2/oauth_clients/{id}/status"),
    "UpdateOAuthClientStatus": Wire("PUT", "/v2/oauth_clients/{id}/status", body=True),
    "ListAuditEvents": Wire("GET", "/v2/audit_events"),
    "GetNumbers": Wire("GET", "/v2/numbers"),
    "ListSigningKeys": Wire("GET", "/v2/signing_keys"),
    "RotateSigningKeys": Wire("POST", "/v2/signing_keys", body=True),
    "RevokeSigningKey": Wire("DELETE", "/v2/signing_keys/{id}"),
}
ALL_OPERATIONS = THE_17 | BESIDE
WITH_BODY = {name: wire for name, wire in ALL_OPERATIONS.items() if wire.body}
