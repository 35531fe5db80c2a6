"""External sign-in: whoever has signed in at the provider that the operator trusts gets a session here.

Ours, not an RFC's. Issuer and subject say who somebody is, and nothing else does: an email address can change hands.
It only serves to find the user at the first time, and only where the provider has verified it and the operator wants
that.
"""

from msgspec import Struct

from grantwell.protocol.accounts import make_user
from grantwell.protocol.call import Call
from grantwell.protocol.changes import Change
from grantwell.protocol.context import Context
from grantwell.protocol.errors import AccessDenied, InvalidToken, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.external_identity import MAXIMUM_SUBJECT, Identity, open_identity
from grantwell.protocol.external_records import AddExternalIdentity, ExternalFacts, ExternalIdentity, identity_id
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.people_rules import email_address
from grantwell.protocol.records import User
from grantwell.protocol.session_bodies import SessionResponse
from grantwell.protocol.sign_in import open_session
from grantwell.protocol.store import Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE


class ExternalSignIn(Struct, frozen=True):
    """An identity that our own pages have verified and sealed, and what the browser says of itself."""

    identity: str
    user_agent: str = ""


class Vouched(Struct, frozen=True):
    """The same, opened."""

    identity: Identity
    user_agent: str


def read(call: Call, context: Context) -> Vouched:
    """Read the body. Raises InvalidRequest, Unprocessable; InvalidToken for what our pages have not sealed just now."""
    body = call.json()
    text, agent = body.get("identity"), body.get("user_agent")
    if not isinstance(text, str) or not text:
        problem = Problem("identity", "must be an identity that our pages have sealed")
        raise Unprocessable("identity is missing", reason="external_identity_malformed", problems=(problem,))
    identity = open_identity(text, context.server.secrets.identities, context.now)
    if identity is None or not 0 < len(identity.subject) <= MAXIMUM_SUBJECT:
        raise InvalidToken("the identity is not valid", reason="external_identity_invalid")
    return Vouched(identity, agent if isinstance(agent, str) else "")


async def load(store: Store, request: Vouched, context: Context) -> ExternalFacts:
    """Look up whom it stands for, and who might be meant."""
    identity = request.identity
    key = identity_id(identity.issuer, identity.subject)
    return await store.external_identity(key, identity.email, context.server.login_sign_up or "")


def decide(request: Vouched, facts: ExternalFacts, context: Context) -> Outcome:
    """Open a session, for a user who may have to be linked or made. Raises AccessDenied."""
    identity = request.identity
    user, changes = (facts.user, ()) if facts.user else _first_time(identity, facts, context)
    if not user.enabled:
        raise _refusal("this account is disabled", "external_user_disabled", identity, user, context)
    session, secret = open_session(user, context, request.user_agent)
    event = context.record(
        "user.signed_in",
        subject=user.user_id,
        org_id=user.org_id,
        actor=user.user_id,
        credential=f"external {identity.issuer}",
    )
    body = SessionResponse(secret, user.user_id, user.email, rfc3339(session.expires_at))
    return Outcome(Reply(201, body, NO_STORE), (*changes, AddSession(session), event))


def _first_time(identity: Identity, facts: ExternalFacts, context: Context) -> tuple[User, tuple[Change, ...]]:
    # Before anything that the address decides: what nobody has verified decides nothing, and tells nothing.
    if not identity.email_verified or email_address(identity.email) is None:
        raise _refusal("the email address is not verified", "external_email_unverified", identity, None, context)
    if facts.by_email is not None:
        if not context.server.login_link_by_email:
            raise _refusal("this account is not linked", "external_not_linked", identity, facts.by_email, context)
        return facts.by_email, _link(identity, facts.by_email, context)
    if facts.organization is None:
        raise _refusal("there is no account here", "external_no_account", identity, None, context)
    added = make_user(facts.organization.org_id, identity.email, None, "member", context)
    event = context.record(
        "user.created",
        subject=added.user.user_id,
        org_id=added.user.org_id,
        actor=added.user.user_id,
        credential=f"external {identity.issuer}",
    )
    return added.user, (added, event, *_link(identity, added.user, context))


def _link(identity: Identity, user: User, context: Context) -> tuple[Change, ...]:
    key = identity_id(identity.issuer, identity.subject)
    linked = ExternalIdentity(key, identity.issuer, identity.subject, user.user_id, user.org_id, context.now)
    event = context.record(
        "user.external_identity_linked",
        subject=user.user_id,
        org_id=user.org_id,
        actor=user.user_id,
        credential=f"external {identity.issuer}",
    )
    return AddExternalIdentity(linked), event


def _refusal(words: str, reason: str, identity: Identity, user: User | None, context: Context) -> AccessDenied:
    event = context.record(
        "user.sign_in_refused",
        subject=user.user_id if user else "",
        org_id=user.org_id if user else "",
        credential=f"external {identity.issuer}",
        reason=reason,
    )
    return AccessDenied(words, reason=reason, changes=(event,))


CREATE_EXTERNAL_SESSION = Operation(
    "CreateExternalSession",
    "POST /sessions/external",
    "person",
    read,
    load,
    decide,
    Documentation(
        summary="Sign in as our pages have found out at another provider",
        tag="Sessions",
        request=ExternalSignIn,
        response=SessionResponse,
        success=201,
        errors=(400, 401, 403, 422),
    ),
)
EXTERNAL_SESSIONS = Extension("external_sessions", (CREATE_EXTERNAL_SESSION,))
