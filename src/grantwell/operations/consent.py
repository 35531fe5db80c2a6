"""What a consent page shows: the request behind a consent token, for the person who is signed in."""

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.consent_rules import judge_again, may_skip_consent, new_scopes
from grantwell.protocol.consent_token import open_consent_token
from grantwell.protocol.context import Context, Scope
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import ConsentRequest, Outcome, Reply
from grantwell.protocol.redirect_uri import is_loopback, split
from grantwell.protocol.store import ConsentFacts, Store
from grantwell.protocol.tokens import NO_STORE


class Consent(Struct, frozen=True):
    """Who asks, what for, and where the answer goes.

    The last fields go beyond the seed: `redirect_host` and `loopback` are to be shown large, `new_scopes` are those
    that the person has not allowed before, only without `consent_required` may a page answer by itself, and a client of
    the person's own organization is `first_party`.
    """

    client_id: str
    name: str
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    redirect_uri: str
    requested_scopes: tuple[Scope, ...]
    verified: bool
    resource: str
    redirect_host: str
    loopback: bool
    new_scopes: tuple[str, ...]
    consent_required: bool
    expires_at: int
    first_party: bool


class ConsentResponse(Struct, frozen=True):
    """The envelope."""

    data: Consent


def read(call: Call, context: Context) -> ConsentRequest | None:
    """Decrypt the consent token; None if it is not one."""
    return open_consent_token(call.path["consent_token"], context.server.secrets.consent)


async def load(store: Store, request: ConsentRequest | None, context: Context) -> ConsentFacts:
    """Look up client, grant and decision."""
    if request is None:
        return ConsentFacts(None, None, None, None, None)
    return await store.consent(request.consent_id, request.client_id, context.caller.user_id)


def decide(request: ConsentRequest | None, facts: ConsentFacts, context: Context) -> Outcome:
    """Tell what is asked. Raises Unprocessable for a token that is unknown, expired, used or outdated."""
    asked, client = judge_again(request, facts, context)
    if facts.decision is not None:
        raise Unprocessable("the consent token was already used", reason="consent_token_used")
    parts = split(asked.redirect_uri)
    catalogue = {scope.id: scope for scope in context.server.scopes}
    consent = Consent(
        client.client_id,
        client.name,
        client.logo_uri,
        client.policy_uri,
        client.tos_uri,
        asked.redirect_uri,
        tuple(catalogue.get(scope, Scope(scope, scope, "")) for scope in asked.scopes),
        client.verified,
        asked.resource,
        (parts.hostname if parts else None) or (parts.scheme if parts else ""),
        is_loopback(asked.redirect_uri),
        new_scopes(asked, facts.grant),
        not may_skip_consent(asked, client, facts.grant, context.caller),
        asked.expires_at,
        client.org_id == context.caller.org_id,
    )
    return Outcome(Reply(200, ConsentResponse(consent), NO_STORE), client_id=client.client_id)


GET_CONSENT_TOKEN = Operation(
    "GetOAuthConsentToken",
    "GET /oauth/consent/{consent_token}",
    "consent",
    read,
    load,
    decide,
    Documentation(
        summary="What a consent page shows",
        tag="Protocol",
        response=ConsentResponse,
        errors=(401, 403, 422, 429),
        parameters=(Parameter("consent_token", where="path", required=True),),
    ),
)
