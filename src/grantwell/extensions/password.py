"""Changing one's own password: who knows the present one, and is signed in, may. Everything issued before ends.

Ours, not an RFC's.
"""

from msgspec import Struct

from grantwell.protocol.accounts import change_user
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.passwords import MAXIMUM_PASSWORD, hash_password, matches_password
from grantwell.protocol.people_bodies import PasswordChange
from grantwell.protocol.people_changes import AddSession, EndSessions
from grantwell.protocol.people_rules import check_password, refuse, refuse_unknown, session_id_of
from grantwell.protocol.records import Session, User
from grantwell.protocol.session_bodies import SessionResponse
from grantwell.protocol.sign_in import open_session
from grantwell.protocol.store import Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE

FIELDS = ("current_password", "new_password")


class PasswordFacts(Struct, frozen=True):
    """The user, and the session that changes the password."""

    user: User | None
    session: Session | None


def read(call: Call, _context: Context) -> PasswordChange:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json()
    current, new = body.get("current_password"), body.get("new_password")
    problems = [*refuse_unknown(body, FIELDS)]
    if not isinstance(current, str) or not 0 < len(current) <= MAXIMUM_PASSWORD:
        problems.append(Problem("current_password", f"must be 1 to {MAXIMUM_PASSWORD} characters"))
    problems.extend(check_password("new_password", new))
    refuse(problems, reason="password_malformed")
    return PasswordChange(str(current), str(new))


async def load(store: Store, _request: PasswordChange, context: Context) -> PasswordFacts:
    """The caller, and the caller's session."""
    caller = context.caller
    session = await store.session_by_id(caller.org_id, session_id_of(caller))
    return PasswordFacts(await store.user(caller.org_id, caller.user_id), session)


def decide(request: PasswordChange, facts: PasswordFacts, context: Context) -> Outcome:
    """Change the password, end all sessions and tokens, and open a new session. Raises NotFound, Unprocessable."""
    user = facts.user
    if user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    # The present password first: what may be chosen is told to nobody else.
    if not matches_password(request.current_password, user.password_hash):
        event = context.record("user.password_change_refused", subject=user.user_id, reason="password_wrong")
        problem = Problem("current_password", "is wrong")
        raise Unprocessable(
            "the current password is wrong", reason="password_wrong", changes=(event,), problems=(problem,)
        )
    problems = [*check_password("new_password", request.new_password, user.email)]
    if request.new_password == request.current_password:
        problems.append(Problem("new_password", "must differ from the current password"))
    refuse(problems, reason="password_unfit")
    hashed = hash_password(request.new_password)
    replaced, event = change_user(user, "user.password_changed", context, password_hash=hashed)
    # The browser stays signed in, with a new secret: a stolen one ends with all others.
    agent = facts.session.user_agent if facts.session else None
    session, secret = open_session(replaced.user, context, agent or "")
    body = SessionResponse(secret, user.user_id, user.email, rfc3339(session.expires_at))
    changes = (replaced, EndSessions(user.user_id, "", context.now), AddSession(session), event)
    return Outcome(Reply(200, body, NO_STORE), changes)


CHANGE_PASSWORD = Operation(
    "ChangePassword",
    "POST /account/password",
    "session",
    read,
    load,
    decide,
    Documentation(
        summary="Change one's own password",
        tag="Account",
        request=PasswordChange,
        response=SessionResponse,
        errors=(400, 401, 403, 404, 422, 429),
    ),
    heavy=True,
)
PASSWORD = Extension("password", (CHANGE_PASSWORD,))
