"""A token request (RFC 6749 sections 4.1.3, 4.4.2 and 6), as read from the wire, and what a grant type is."""

from collections.abc import Callable

from msgspec import Struct

from grantwell.protocol.client_authentication import ClientCredentials
from grantwell.protocol.context import Context
from grantwell.protocol.lineage_token import LineageToken
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.records import AuthenticatingClient
from grantwell.protocol.store import RedemptionFacts


class TokenForm(Struct, frozen=True, omit_defaults=True):
    """The body, as documented; which fields a grant type reads is in its RFC section."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""
    scope: str = ""
    resource: str = ""


class TokenRequest(Struct, frozen=True):
    """What was asked. `presented` is the code or refresh token, taken apart; None if it is missing or no such thing."""

    grant_type: str
    credentials: ClientCredentials
    presented: LineageToken | None
    scopes: tuple[str, ...]
    resource: str | None
    redirect_uri: str | None
    code_verifier: str | None


class GrantType(Struct, frozen=True):
    """One way to get a token. `parameter` names the presented string, if the grant type has one.

    `exchange` gets an authenticated client that may use this grant type.
    """

    name: str
    parameter: str | None
    exchange: Callable[[TokenRequest, AuthenticatingClient, RedemptionFacts, Context], Outcome]
