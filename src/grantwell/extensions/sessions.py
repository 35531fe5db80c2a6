"""Sessions: a person signs in, and our own pages then act for that person with short-lived tokens.

Ours, not an RFC's. A page holds the session's secret in a cookie; operations never read cookies, so the page trades
the secret for an access token of five minutes, for this server alone, each time that it acts.
"""

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import AccessDenied, InvalidToken, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.passwords import MAXIMUM_PASSWORD, matches_password
from grantwell.protocol.people_changes import AddSession, EndSession
from grantwell.protocol.records import Session, User
from grantwell.protocol.session_bodies import SessionResponse, SessionSecret, SessionTokenResponse, SignIn
from grantwell.protocol.sign_in import open_session
from grantwell.protocol.store import SessionFacts, Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE

PAGES_CLIENT_ID = "grantwell-pages"
MAXIMUM_EMAIL = 320


def read_sign_in(call: Call, _context: Context) -> SignIn:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json()
    email, password = body.get("email"), body.get("password")
    problems = []
    if not isinstance(email, str) or not 0 < len(email) <= MAXIMUM_EMAIL:
        problems.append(Problem("email", "must be an email address"))
    if not isinstance(password, str) or not 0 < len(password) <= MAXIMUM_PASSWORD:
        problems.append(Problem("password", f"must be 1 to {MAXIMUM_PASSWORD} characters"))
    if problems or not isinstance(email, str) or not isinstance(password, str):
        raise Unprocessable("the sign-in is not valid", reason="sign_in_malformed", problems=tuple(problems))
    agent = body.get("user_agent")
    return SignIn(email, password, agent if isinstance(agent, str) else "")


async def load_user(store: Store, request: SignIn, _context: Context) -> User | None:
    """Look up the user."""
    return await store.user_by_email(request.email)


def decide_sign_in(request: SignIn, user: User | None, context: Context) -> Outcome:
    """Open a session. Raises InvalidToken, alike for an unknown address, a wrong password and a disabled user."""
    if not context.server.password_sign_in:
        raise AccessDenied("people sign in elsewhere, not with a password", reason="password_sign_in_off")
    # The password first, whoever it is: how long it takes must not tell who exists.
    matches = matches_password(request.password, user.password_hash if user else None)
    if user is None or not matches or not user.enabled:
        reason = "sign_in_unknown" if user is None else "sign_in_disabled" if matches else "sign_in_wrong_password"
        event = context.record(
            "user.sign_in_refused",
            subject=user.user_id if user else "",
            org_id=user.org_id if user else "",
            reason=reason,
        )
        raise InvalidToken("email address or password is wrong", reason=reason, changes=(event,))
    session, secret = open_session(user, context, request.user_agent)
    event = context.record(
        "user.signed_in", subject=user.user_id, org_id=user.org_id, actor=user.user_id, credential="password"
    )
    body = SessionResponse(secret, user.user_id, user.email, rfc3339(session.expires_at))
    return Outcome(Reply(201, body, NO_STORE), (AddSession(session), event))


def read_session(call: Call, _context: Context) -> str:
    """The hash of the session's secret. Raises InvalidRequest, Unprocessable."""
    secret = call.json().get("session")
    if not isinstance(secret, str) or not secret:
        problem = Problem("session", "must be the secret of a session")
        raise Unprocessable("session is missing", reason="session_malformed", problems=(problem,))
    return hash_secret(secret)


async def load_session(store: Store, session_hash: str, _context: Context) -> SessionFacts | None:
    """Look up the session and its user."""
    return await store.session(session_hash)


def decide_token(_session_hash: str, facts: SessionFacts | None, context: Context) -> Outcome:
    """Issue a token for this server alone. Raises InvalidToken for a session that is unknown, ended or expired."""
    session, user = _living(facts, context)
    expires_at = min(context.now + context.server.session_token_seconds, session.expires_at)
    claims = AccessTokenClaims(
        context.server.issuer,
        user.user_id,
        context.server.issuer,
        PAGES_CLIENT_ID,
        # A session that a password change has opened begins with the next second, and its tokens with it.
        max(context.now, session.created_at),
        expires_at,
        context.token_identifier(),
        "",
        sid=session.session_id,
    )

    def reply(signed: str) -> Reply:
        seconds = expires_at - context.now
        body = SessionTokenResponse(signed, "Bearer", seconds, user.user_id, user.email, user.org_id, user.role)
        return Reply(200, body, NO_STORE)

    use = Use("session", session.session_id, context.now, noted_at=session.last_used_at)
    return Outcome(reply, unsealed=claims, uses=(use,))


def decide_end(_session_hash: str, facts: SessionFacts | None, context: Context) -> Outcome:
    """End the session; one that is unknown or over already is over."""
    if facts is None or facts.session.ended_at is not None:
        return Outcome(Reply(204, None, NO_STORE))
    user = facts.user
    event = context.record("user.signed_out", subject=user.user_id, org_id=user.org_id, actor=user.user_id)
    return Outcome(Reply(204, None, NO_STORE), (EndSession(facts.session.session_id, context.now), event))


def _living(facts: SessionFacts | None, context: Context) -> tuple[Session, User]:
    if facts is None:
        raise InvalidToken("the session is not valid", reason="session_unknown")
    session, user = facts.session, facts.user
    if session.ended_at is not None:
        raise InvalidToken("the session is not valid", reason="session_ended")
    if session.expires_at <= context.now:
        raise InvalidToken("the session is not valid", reason="session_expired")
    if not user.enabled or session.created_at < user.valid_after:
        raise InvalidToken("the session is not valid", reason="user_disabled")
    return session, user


_ERRORS = (400, 401, 422, 429)

CREATE_SESSION = Operation(
    "CreateSession",
    "POST /sessions",
    "person",
    read_sign_in,
    load_user,
    decide_sign_in,
    Documentation(
        summary="Sign in", tag="Sessions", request=SignIn, response=SessionResponse, success=201, errors=_ERRORS
    ),
    heavy=True,
)
CREATE_SESSION_TOKEN = Operation(
    "CreateSessionToken",
    "POST /sessions/token",
    "person",
    read_session,
    load_session,
    decide_token,
    Documentation(
        summary="Get an access token for a session",
        tag="Sessions",
        request=SessionSecret,
        response=SessionTokenResponse,
        errors=_ERRORS,
    ),
)
END_SESSION = Operation(
    "EndSession",
    "POST /sessions/end",
    "person",
    read_session,
    load_session,
    decide_end,
    Documentation(summary="Sign out", tag="Sessions", request=SessionSecret, success=204, errors=_ERRORS),
)
SESSIONS = Extension("sessions", (CREATE_SESSION, CREATE_SESSION_TOKEN, END_SESSION))
