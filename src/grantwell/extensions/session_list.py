"""One's sessions: which there are, and ending one, all others, or all. Administrators may see and end others' too.

Ours, not an RFC's.
"""

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation, Parameter, load_nothing
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import pagination_meta
from grantwell.protocol.people_bodies import SessionList, SessionsToEnd, show_session
from grantwell.protocol.people_changes import EndSession, EndSessions
from grantwell.protocol.people_rules import (
    ID,
    OWNER,
    PAGE_PARAMETERS,
    Belonging,
    id_in,
    owner_of,
    read_belonging,
    refuse,
    refuse_unknown,
    require_reach,
    session_id_of,
)
from grantwell.protocol.records import Session, User
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE


class Sessions(Struct, frozen=True):
    """A page of somebody's living sessions; without the user there is nobody of that id here."""

    user: User | None
    sessions: tuple[Session, ...]
    total: int


def read_list(call: Call, _context: Context) -> Belonging:
    """Read whose, and which page. Raises InvalidRequest."""
    return read_belonging(call.query())


async def load_list(store: Store, request: Belonging, context: Context) -> Sessions:
    """The user, of the caller's organization, and one page of sessions. Raises AccessDenied."""
    user_id, page = owner_of(request, context.caller), request.page
    user = await store.user(context.caller.org_id, user_id)
    found, total = await store.user_sessions(user_id, context.now, page.offset, page.size)
    return Sessions(user, tuple(found), total)


def decide_list(request: Belonging, facts: Sessions, context: Context) -> Outcome:
    """Show the page. Raises NotFound."""
    if facts.user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    current = session_id_of(context.caller)
    shown = tuple(show_session(session, current) for session in facts.sessions)
    return Outcome(Reply(200, SessionList(shown, pagination_meta(request.page, facts.total)), NO_STORE))


def read_end(call: Call, _context: Context) -> str:
    """The session's id."""
    return id_in(call)


async def load_session(store: Store, session_id: str, context: Context) -> Session | None:
    """The session, if it is of the caller's organization."""
    return await store.session_by_id(context.caller.org_id, session_id)


def decide_end(_session_id: str, session: Session | None, context: Context) -> Outcome:
    """End it; one that is over already is over. Raises NotFound."""
    require_reach(session.user_id if session else None, context.caller, "session", reason="session_not_found")
    if session is None or session.ended_at is not None:
        return Outcome(Reply(204, None, NO_STORE))
    event = context.record("user.session_ended", subject=session.user_id, detail=f"session {session.session_id}")
    return Outcome(Reply(204, None, NO_STORE), (EndSession(session.session_id, context.now), event))


def read_end_all(call: Call, _context: Context) -> SessionsToEnd:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json(empty_is_object=True)
    this_one_too = body.get("this_one_too", False)
    problems = [*refuse_unknown(body, ("this_one_too",))]
    if not isinstance(this_one_too, bool):
        problems.append(Problem("this_one_too", "must be true or false"))
    refuse(problems, reason="sessions_malformed")
    return SessionsToEnd(this_one_too)


def decide_end_all(request: SessionsToEnd, _facts: None, context: Context) -> Outcome:
    """End all of the caller's sessions but this one, or this one too."""
    user_id = context.caller.user_id
    but = "" if request.this_one_too else session_id_of(context.caller)
    detail = "all" if request.this_one_too else "all others"
    event = context.record("user.sessions_ended", subject=user_id, detail=detail)
    return Outcome(Reply(204, None, NO_STORE), (EndSessions(user_id, but, context.now), event))


LIST_SESSIONS = Operation(
    "ListSessions",
    "GET /sessions",
    "session",
    read_list,
    load_list,
    decide_list,
    Documentation(
        summary="List living sessions",
        tag="Sessions",
        response=SessionList,
        errors=(400, 401, 403, 404),
        parameters=(Parameter(OWNER), *PAGE_PARAMETERS),
    ),
)
END_ONE_SESSION = Operation(
    "EndOneSession",
    "DELETE /sessions/{id}",
    "session",
    read_end,
    load_session,
    decide_end,
    Documentation(summary="End a session", tag="Sessions", success=204, errors=(401, 403, 404), parameters=ID),
)
END_SESSIONS = Operation(
    "EndSessions",
    "POST /sessions/end_all",
    "session",
    read_end_all,
    load_nothing,
    decide_end_all,
    Documentation(
        summary="End one's other sessions, or all of them",
        tag="Sessions",
        request=SessionsToEnd,
        success=204,
        errors=(400, 401, 403, 422),
    ),
)
SESSION_LIST = Extension("session list", (LIST_SESSIONS, END_ONE_SESSION, END_SESSIONS))
