"""The token endpoint (RFC 6749 section 3.2)."""

from collections.abc import Iterable, Mapping
from functools import partial

from grantwell.protocol.call import Call
from grantwell.protocol.client_authentication import authenticate_client, read_client_credentials
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidRequest, OAuthError, UnauthorizedClient, UnsupportedGrantType
from grantwell.protocol.grant_types import GRANT_TYPES
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.refused_request import tell_token_request
from grantwell.protocol.scope import parse_scope
from grantwell.protocol.store import RedemptionFacts, Store
from grantwell.protocol.token_request import GrantType, TokenForm, TokenRequest
from grantwell.protocol.tokens import TokenResponse

SEED = {grant_type.name: grant_type for grant_type in GRANT_TYPES}


def read(call: Call, _context: Context, known: Mapping[str, GrantType] = SEED) -> TokenRequest:
    """Read the parameters. Raises InvalidRequest, UnsupportedGrantType, InvalidScope, InvalidClient."""
    parameters = call.form_or_json()
    name = parameters.get("grant_type")
    if not name:
        raise InvalidRequest("grant_type is missing", reason="grant_type_missing")
    grant_type = known.get(name)
    if grant_type is None:
        raise UnsupportedGrantType("this grant_type is not supported", reason="grant_type_unknown")
    credentials = read_client_credentials(call, parameters)
    presented = None
    if grant_type.parameter is not None:
        text = parameters.get(grant_type.parameter)
        if not text:
            raise InvalidRequest(f"{grant_type.parameter} is missing", reason="grant_parameter_missing")
        presented = read_lineage_token(text)
    return TokenRequest(
        name,
        credentials,
        presented,
        parse_scope(parameters.get("scope")),
        # One without a value counts as left out (RFC 6749 section 3.2).
        parameters.get("resource") or None,
        parameters.get("redirect_uri") or None,
        parameters.get("code_verifier") or None,
    )


async def load(store: Store, request: TokenRequest, _context: Context) -> RedemptionFacts:
    """Look up the client, together with the lineage that it presents a string of."""
    client_id, presented = request.credentials.client_id, request.presented
    if presented is None:
        return RedemptionFacts(await store.authenticating_client(client_id) if client_id else None, None, None, None)
    return await store.redemption(client_id, presented.lineage_id)


def decide(
    request: TokenRequest, facts: RedemptionFacts, context: Context, known: Mapping[str, GrantType] = SEED
) -> Outcome:
    """Who the client is, whether it may use this grant type, and then what the grant type says.

    Raises InvalidClient, UnauthorizedClient, InvalidGrant, InvalidScope, InvalidTarget.
    """
    try:
        return _decide(request, facts, context, known)
    except OAuthError as e:
        tell_token_request(e, request.credentials.client_id, request.grant_type, context)
        raise


def _decide(request: TokenRequest, facts: RedemptionFacts, context: Context, known: Mapping[str, GrantType]) -> Outcome:
    uses = authenticate_client(facts.client, request.credentials, context)
    client = facts.client
    if client is None or request.grant_type not in client.allowed_grant_types:
        raise UnauthorizedClient("this client may not use this grant_type", reason="grant_type_not_allowed")
    outcome = known[request.grant_type].exchange(request, client, facts, context)
    return Outcome(
        outcome.reply,
        outcome.changes,
        outcome.unsealed,
        uses,
        client_id=client.client_id,
        grant_type=request.grant_type,
    )


def exchange_token(grant_types: Iterable[GrantType]) -> Operation:
    """The operation over these grant types: the seed's, and those that extensions add."""
    known = {grant_type.name: grant_type for grant_type in grant_types}
    return Operation(
        "ExchangeOAuthToken",
        "POST /oauth/token",
        "client_or_public",
        partial(read, known=known),
        load,
        partial(decide, known=known),
        Documentation(
            summary="Get an access token",
            tag="Protocol",
            request=TokenForm,
            response=TokenResponse,
            errors=(400, 401, 429),
            form=True,
            advertised_as="token_endpoint",
        ),
    )


EXCHANGE_TOKEN = exchange_token(GRANT_TYPES)
