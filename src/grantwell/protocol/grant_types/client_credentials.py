"""The client credentials grant (RFC 6749 section 4.4): a client acts for itself."""

from grantwell.protocol.context import Context
from grantwell.protocol.errors import UnauthorizedClient
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.records import AuthenticatingClient
from grantwell.protocol.resource import choose_resource
from grantwell.protocol.scope import grant_scopes
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import GrantType, TokenRequest
from grantwell.protocol.tokens import access_token_claims, token_reply


def exchange(request: TokenRequest, client: AuthenticatingClient, _facts: RedemptionFacts, context: Context) -> Outcome:
    """Issue an access token whose subject is the client. Raises UnauthorizedClient, InvalidScope, InvalidTarget."""
    # A public client has not proved who it is, so it cannot act for itself (RFC 6749 section 4.4).
    if client.client_type == "public":
        raise UnauthorizedClient("a public client cannot use client_credentials", reason="client_is_public")
    claims = access_token_claims(
        context,
        subject=client.client_id,
        audience=choose_resource(request.resource, context.server),
        client_id=client.client_id,
        scopes=grant_scopes(request.scopes, client, context.server),
    )
    return Outcome(token_reply(claims), unsealed=claims, client_id=client.client_id)


CLIENT_CREDENTIALS = GrantType("client_credentials", None, exchange)
