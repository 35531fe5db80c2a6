"""Inspection: what introspection (RFC 7662) tells a client, for a person who looks into the own organization's tokens.

Ours, not an RFC's. It is for our own pages: a public client cannot introspect, and whoever is debugging one wants to
know what its token is worth, and why it is worth nothing.
"""

from msgspec import Struct

from grantwell.protocol.access_token import (
    AccessTokenClaims,
    PresentedAccessToken,
    read_access_token,
    refuse_access_token,
)
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.inspection import Inspection, InspectionBody, inactive
from grantwell.protocol.lineage_rules import refuse_lineage
from grantwell.protocol.lineage_token import LineageToken, is_genuine, read_lineage_token
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import AuthenticatingClient, Lineage
from grantwell.protocol.store import RedemptionFacts, Store, TokenFacts
from grantwell.protocol.tokens import NO_STORE

Presented = PresentedAccessToken | LineageToken | None


class InspectionFacts(Struct, frozen=True):
    """The facts about the token; a refresh token's come with its own client."""

    token: TokenFacts = TokenFacts()
    redemption: RedemptionFacts | None = None


def read(call: Call, _context: Context) -> Presented:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    token = call.json().get("token")
    if not isinstance(token, str) or not token:
        problem = Problem("token", "must be a token")
        raise Unprocessable("token is missing", reason="inspection_malformed", problems=(problem,))
    return read_access_token(token) or read_lineage_token(token)


async def load(store: Store, presented: Presented, _context: Context) -> InspectionFacts:
    """Look up what the token stands on."""
    if isinstance(presented, PresentedAccessToken):
        claims = presented.claims
        token = await store.token(claims.client_id, claims.sub, claims.lineage, claims.sid, claims.jti)
        return InspectionFacts(token)
    if presented is None:
        return InspectionFacts()
    # A refresh token does not say whose it is; its lineage does.
    lineage = (await store.redemption("", presented.lineage_id)).lineage
    client_id = lineage.client_id if lineage else ""
    return InspectionFacts(redemption=await store.redemption(client_id, presented.lineage_id))


def decide(presented: Presented, facts: InspectionFacts, context: Context) -> Outcome:
    """Tell what the token is worth, as far as that is the caller's to know."""
    if isinstance(presented, PresentedAccessToken):
        told = _access_token(presented, facts.token, context)
    else:
        told = _refresh_token(presented, facts.redemption, context)
    return Outcome(Reply(200, told, NO_STORE), reason=told.reason)


def _access_token(token: PresentedAccessToken, facts: TokenFacts, context: Context) -> Inspection:
    # Signature and time are written in the token itself; whoever holds it may know.
    refusal = refuse_access_token(token, context.keys, context.server.issuer, context.now)
    if refusal is not None:
        return inactive(refusal)
    # A session token is our own pages' affair.
    if token.claims.sid:
        return inactive("token_of_a_session")
    # Before all that the database knows of it: whose it is.
    if context.caller.org_id not in (facts.client_org_id, facts.user_org_id):
        return inactive("token_of_another_organization")
    refusal = refuse_token(token, facts, context)
    if refusal is not None:
        return inactive(refusal)
    return _of_claims(token.claims)


def _of_claims(claims: AccessTokenClaims) -> Inspection:
    return Inspection(
        active=True,
        scope=claims.scope,
        client_id=claims.client_id,
        token_type="Bearer",  # noqa: S106 - what kind of token it is
        iss=claims.iss,
        aud=claims.aud,
        sub=claims.sub,
        iat=claims.iat,
        exp=claims.exp,
        jti=claims.jti,
    )


def _refresh_token(token: LineageToken | None, facts: RedemptionFacts | None, context: Context) -> Inspection:
    """A refresh token, to the person who approved it only. Codes are nobody's to inspect."""
    lineage = facts.lineage if facts else None
    if token is None or facts is None or lineage is None or facts.client is None or token.number == 0:
        return inactive("token_unknown")
    if lineage.user_id != context.caller.user_id or not is_genuine(token, lineage, context.server.secrets.lineage):
        return inactive("token_unknown")
    refusal = refuse_lineage(lineage, facts, context) or _refuse_head(token, lineage, facts.client)
    if refusal is not None:
        return inactive(refusal)
    return Inspection(
        active=True,
        scope=" ".join(lineage.scopes),
        client_id=lineage.client_id,
        token_type="refresh_token",  # noqa: S106 - what kind of token it is
        iss=context.server.issuer,
        aud=lineage.resource,
        sub=lineage.user_id,
        iat=lineage.rotated_at,
        exp=lineage.expires_at,
    )


def _refuse_head(token: LineageToken, lineage: Lineage, client: AuthenticatingClient) -> str | None:
    if token.number != lineage.generation:
        return "refresh_token_rotated"
    return None if client.enabled else "client_disabled"


INSPECT_TOKEN = Operation(
    "InspectOAuthToken",
    "POST /oauth/inspect",
    "session",
    read,
    load,
    decide,
    Documentation(
        summary="What a token is worth now, and why, for a person who is signed in",
        tag="Sessions",
        request=InspectionBody,
        response=Inspection,
        errors=(400, 401, 403, 422),
    ),
)
INSPECTION = Extension("inspection", (INSPECT_TOKEN,))
