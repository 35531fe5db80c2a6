"""What the operations take and return: the names of the official SDK's `telnyx.types`, as frozen dataclasses.

Each keeps in `extra` what the server sent beyond the fields declared here. Secrets do not show in a `repr`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeAlias, TypeVar

from grantwell.sdk.extensible import Extensible

GrantType: TypeAlias = Literal["client_credentials", "authorization_code", "refresh_token"]
ClientType: TypeAlias = Literal["public", "confidential"]
TokenEndpointAuthMethod: TypeAlias = Literal["none", "client_secret_basic", "client_secret_post"]
CodeChallengeMethod: TypeAlias = Literal["plain", "S256"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data(Extensible, Generic[T]):
    """The envelope round one record."""

    data: T


@dataclass(frozen=True, slots=True, kw_only=True)
class WellKnownRetrieveAuthorizationServerMetadataResponse(Extensible):
    """Authorization server metadata (RFC 8414, section 2)."""

    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    introspection_endpoint: str | None = None
    registration_endpoint: str | None = None
    jwks_uri: str | None = None
    grant_types_supported: list[str] | None = None
    response_types_supported: list[str] | None = None
    code_challenge_methods_supported: list[str] | None = None
    scopes_supported: list[str] | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WellKnownRetrieveProtectedResourceMetadataResponse(Extensible):
    """Protected resource metadata (RFC 9728, section 2)."""

    resource: str | None = None
    authorization_servers: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedScope(Extensible):
    """A scope as it is shown to the person who is asked for consent."""

    id: str | None = None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Extensible):
    """What a consent token asks the person for: `verified` is about the client."""

    client_id: str | None = None
    name: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    redirect_uri: str | None = None
    requested_scopes: list[RequestedScope] | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthGrantsResponse(Extensible):
    """Where the browser goes after the decision. It holds the authorization code, or the error; so it does not show."""

    redirect_uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthIntrospectResponse(Extensible):
    """What the server says of a token (RFC 7662, section 2.2). Times are seconds since 1970."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    iss: str | None = None
    aud: str | list[str] | None = None
    exp: int | None = None
    iat: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Extensible):
    """A public key; its material (`n`, `e`, `crv`, `x`, `y`) is in `extra`."""

    kty: str | None = None
    use: str | None = None
    alg: str | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthRetrieveJwksResponse(Extensible):
    """The keys that verify the server's access tokens (RFC 7517, section 5)."""

    keys: list[Key] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthRegisterResponse(Extensible):
    """A client that registered itself (RFC 7591, section 3.2.1). `client_id_issued_at` is seconds since 1970."""

    client_id: str
    client_id_issued_at: int
    client_secret: str | None = field(default=None, repr=False)
    client_name: str | None = None
    redirect_uris: list[str] | None = None
    grant_types: list[str] | None = None
    response_types: list[str] | None = None
    scope: str | None = None
    token_endpoint_auth_method: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthTokenResponse(Extensible):
    """An access token (RFC 6749, section 5.1); `expires_in` is its life in seconds."""

    access_token: str = field(repr=False)
    token_type: str
    expires_in: int
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient(Extensible):
    """A client; `client_secret` comes once, with the answer that made it."""

    record_type: str
    client_id: str
    name: str
    org_id: str
    user_id: str
    client_type: str
    require_pkce: bool
    created_at: datetime
    updated_at: datetime
    allowed_scopes: list[str] | None = None
    allowed_grant_types: list[str] | None = None
    redirect_uris: list[str] | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthGrant(Extensible):
    """A person's standing permission for one client."""

    id: str
    record_type: str
    client_id: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaginationMeta(Extensible):
    """Where in the list a page stands. Pages count from 1."""

    page_number: int | None = None
    page_size: int | None = None
    total_pages: int | None = None
    total_results: int | None = None


OAuthRetrieveResponse: TypeAlias = Data[Consent]
OAuthRetrieveAuthorizeResponse: TypeAlias = str
OAuthOAuthPaginationMeta: TypeAlias = PaginationMeta
OAuthClientCreateResponse: TypeAlias = Data[OAuthClient]
OAuthClientRetrieveResponse: TypeAlias = Data[OAuthClient]
OAuthClientUpdateResponse: TypeAlias = Data[OAuthClient]
OAuthGrantRetrieveResponse: TypeAlias = Data[OAuthGrant]
OAuthGrantDeleteResponse: TypeAlias = Data[OAuthGrant]
