"""The consent decision: a person allows or denies, and the browser is sent back to the client."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from grantwell.protocol.authorization_request import answer
from grantwell.protocol.call import Call
from grantwell.protocol.changes import AddConsentDecision, AddGrant, AddLineage, AuthorizeClient, Change, ReplaceGrant
from grantwell.protocol.consent_rules import judge_again, widen
from grantwell.protocol.consent_token import open_consent_token
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Problem, Unprocessable
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import ConsentRequest, Outcome, Reply
from grantwell.protocol.records import ConsentDecision, Grant, Lineage
from grantwell.protocol.store import ConsentFacts, Store
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.unknown_field import unknown_field


class Decision(Struct, frozen=True):
    """What the consent page sends."""

    allowed: bool
    consent_token: str


class DecisionResponse(Struct, frozen=True):
    """Where the browser goes: with a code, or with an error."""

    redirect_uri: str


class DecisionRequest(Struct, frozen=True):
    """A decision, with the request that it is about; None if the token is not one."""

    allowed: bool
    asked: ConsentRequest | None


def read(call: Call, context: Context) -> DecisionRequest:
    """Read the body. Raises Unprocessable for missing, ill-typed and unknown fields."""
    body = call.json()
    problems = tuple(_problems(body))
    if problems:
        raise Unprocessable("the decision is not valid", reason="decision_malformed", problems=problems)
    return DecisionRequest(body["allowed"], open_consent_token(body["consent_token"], context.server.secrets.consent))


def _problems(body: dict[str, Any]) -> list[Problem]:
    unknown = sorted(body.keys() - {"allowed", "consent_token"})
    problems = [unknown_field(name, "is not a field of a decision") for name in unknown]
    if not isinstance(body.get("allowed"), bool):
        problems.append(Problem("allowed", "must be true or false"))
    if not isinstance(body.get("consent_token"), str):
        problems.append(Problem("consent_token", "must be a string"))
    return problems


async def load(store: Store, request: DecisionRequest, context: Context) -> ConsentFacts:
    """Look up client, grant, and an earlier decision with its lineage."""
    asked = request.asked
    if asked is None:
        return ConsentFacts(None, None, None, None, None)
    return await store.consent(asked.consent_id, asked.client_id, context.caller.user_id)


def decide(request: DecisionRequest, facts: ConsentFacts, context: Context) -> Outcome:
    """Decide once. Raises Unprocessable for a token that is invalid, expired, outdated, or otherwise decided."""
    if request.asked is not None and facts.decision is not None:
        return _repeat(request.allowed, request.asked, facts.decision, facts, context)
    asked, client = judge_again(request.asked, facts, context)
    lineage_id = context.token_identifier() if request.allowed else None
    decision = _decision(asked, lineage_id, context)
    kind = "consent.allowed" if request.allowed else "consent.denied"
    event = context.record(kind, subject=client.client_id, detail=" ".join(asked.scopes))
    if lineage_id is None:
        return _reply(_denial(asked, context), client.client_id, (AddConsentDecision(decision), event))
    grant, change = _grant(asked, facts.grant, context)
    lineage = _lineage(lineage_id, grant, asked, context)
    authorized = AuthorizeClient(client.client_id, context.now)
    changes = (AddConsentDecision(decision), *change, AddLineage(lineage), authorized, event)
    return _reply(_approval(asked, lineage, context), client.client_id, changes)


def _repeat(
    allowed: bool, asked: ConsentRequest, decision: ConsentDecision, facts: ConsentFacts, context: Context
) -> Outcome:
    """The same person who says the same again gets the same answer: a double click, or a lost answer."""
    if decision.user_id != context.caller.user_id or decision.allowed is not allowed:
        raise Unprocessable("the consent token was already used", reason="consent_token_used")
    if decision.decided_at + context.server.retry_seconds <= context.now:
        raise Unprocessable("the consent token was already used", reason="consent_token_used")
    if not allowed:
        return _reply(_denial(asked, context), asked.client_id, ())
    # Revoked since, the lineage or the whole grant: the answer must not look like a fresh approval.
    lineage, grant = facts.lineage, facts.grant
    if lineage is None or lineage.revoked_at is not None or grant is None or grant.grant_id != lineage.grant_id:
        raise Unprocessable("the consent token was already used", reason="consent_revoked_since")
    return _reply(_approval(asked, lineage, context), asked.client_id, ())


def _reply(redirect_uri: str, client_id: str, changes: tuple[Change, ...]) -> Outcome:
    return Outcome(Reply(200, DecisionResponse(redirect_uri), NO_STORE), changes, client_id=client_id)


def _approval(asked: ConsentRequest, lineage: Lineage, context: Context) -> str:
    code = write_lineage_token(lineage, 0, context.server.secrets.lineage)
    return answer(asked.redirect_uri, asked.state, context, {"code": code})


def _denial(asked: ConsentRequest, context: Context) -> str:
    error = {"error": "access_denied", "error_description": "the request was denied"}
    return answer(asked.redirect_uri, asked.state, context, error)


def _decision(asked: ConsentRequest, lineage_id: str | None, context: Context) -> ConsentDecision:
    user_id = context.caller.user_id
    expires_at = max(asked.expires_at, context.now + context.server.retry_seconds)
    allowed = lineage_id is not None
    return ConsentDecision(asked.consent_id, user_id, asked.client_id, allowed, lineage_id, context.now, expires_at)


def _grant(asked: ConsentRequest, grant: Grant | None, context: Context) -> tuple[Grant, tuple[Change, ...]]:
    """The living grant, widened by this approval; a new one where none lives. A revoked one is never revived."""
    caller = context.caller
    consented = widen(grant.consented if grant else (), asked)
    # What was allowed before lives on in earlier lineages, also where it counts no more for not asking again.
    before = grant.scopes if grant else ()
    scopes = tuple(dict.fromkeys((*before, *(scope for entry in consented for scope in entry.scopes))))
    if grant is None:
        new_id = context.identifier()
        added = Grant(new_id, caller.org_id, caller.user_id, asked.client_id, scopes, consented, 0, context.now, None)
        return added, (AddGrant(added),)
    widened = replace(grant, scopes=scopes, consented=consented)
    # Left as it is, it cannot be a lost race: a browser that opens twenty tabs of one app again approves twenty times.
    # Where it is revoked at the same time, the new lineage dies with it.
    if set(consented) == set(grant.consented) and scopes == grant.scopes:
        return grant, ()
    return widened, (ReplaceGrant(replace(widened, revision=grant.revision + 1), grant.revision),)


def _lineage(lineage_id: str, grant: Grant, asked: ConsentRequest, context: Context) -> Lineage:
    server = context.server
    return Lineage(
        lineage_id=lineage_id,
        grant_id=grant.grant_id,
        org_id=grant.org_id,
        client_id=asked.client_id,
        user_id=grant.user_id,
        scopes=asked.scopes,
        resource=asked.resource,
        redirect_uri=asked.redirect_uri,
        code_challenge=asked.code_challenge,
        code_challenge_method=asked.code_challenge_method,
        salt=context.token_identifier(),
        key_id=server.secrets.lineage.primary_id,
        generation=0,
        rotated_at=context.now,
        expires_at=context.now + server.code_seconds,
        ends_at=context.now + server.lineage_seconds,
        created_at=context.now,
        revoked_at=None,
    )


CREATE_GRANT = Operation(
    "CreateOAuthGrant",
    "POST /oauth/grants",
    "consent",
    read,
    load,
    decide,
    Documentation(
        summary="Allow or deny what a client asks for",
        tag="Protocol",
        request=Decision,
        response=DecisionResponse,
        errors=(400, 401, 403, 422, 429),
    ),
)
