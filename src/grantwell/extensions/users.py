"""Users: their organization's administrators list, see and change them.

Ours, not an RFC's. For our own pages alone: an API key that leaks makes no users.
"""

from typing import Any

from msgspec import Struct

from grantwell.protocol.accounts import change_role, change_user
from grantwell.protocol.call import Call
from grantwell.protocol.changes import RecordEvent
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import pagination_meta
from grantwell.protocol.people_bodies import UserList, UserResponse, UserUpdate, show_user
from grantwell.protocol.people_changes import ReplaceUser
from grantwell.protocol.people_rules import ID, found_user, id_in, refuse, refuse_unknown
from grantwell.protocol.people_store import Belongings
from grantwell.protocol.records import User
from grantwell.protocol.rights import require_administrator
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.user_list import USER_PARAMETERS, UserListRequest, read_user_list, role_problems


class UserFacts(Struct, frozen=True):
    """A user of the caller's organization, what that user has, and how many enabled administrators there are."""

    user: User | None
    has: Belongings
    administrators: int


class Change(Struct, frozen=True):
    """Whose role, or whether enabled, is to be what; None stays."""

    user_id: str
    role: Any
    enabled: bool | None


def read_list(call: Call, context: Context) -> UserListRequest:
    """Read page and filters. Raises AccessDenied, InvalidRequest."""
    require_administrator(context.caller)
    return read_user_list(call.query())


async def load_list(store: Store, request: UserListRequest, context: Context) -> tuple[tuple[User, ...], int]:
    """One page, and the total."""
    page = request.page
    users, total = await store.users_of(context.caller.org_id, request.chosen, page.offset, page.size)
    return tuple(users), total


def decide_list(request: UserListRequest, facts: tuple[tuple[User, ...], int], _context: Context) -> Outcome:
    """Show the page."""
    users, total = facts
    body = UserList(tuple(show_user(user) for user in users), pagination_meta(request.page, total))
    return Outcome(Reply(200, body, NO_STORE))


def read_one(call: Call, context: Context) -> str:
    """The user's id. Raises AccessDenied."""
    require_administrator(context.caller)
    return id_in(call)


async def load_one(store: Store, user_id: str, context: Context) -> UserFacts:
    """The user, if it is of the caller's organization, and what the user has."""
    org_id = context.caller.org_id
    user, has = await store.user(org_id, user_id), await store.belongings(user_id, context.now)
    return UserFacts(user, has, await store.administrators(org_id))


def decide_get(_user_id: str, facts: UserFacts, _context: Context) -> Outcome:
    """Show the user. Raises NotFound."""
    return Outcome(Reply(200, UserResponse(show_user(found_user(facts.user), facts.has)), NO_STORE))


def read_update(call: Call, context: Context) -> Change:
    """Read the body; an empty one changes nothing. Raises AccessDenied, InvalidRequest, Unprocessable."""
    user_id, body = read_one(call, context), call.json(empty_is_object=True)
    role, enabled = body.get("role"), body.get("enabled")
    problems = [*refuse_unknown(body, ("role", "enabled"))]
    if "role" in body:
        problems.extend(role_problems(role))
    if "enabled" in body and not isinstance(enabled, bool):
        problems.append(Problem("enabled", "must be true or false"))
    refuse(problems, reason="user_malformed")
    return Change(user_id, role, enabled)


async def load_changed(store: Store, request: Change, context: Context) -> UserFacts:
    """As for showing the user."""
    return await load_one(store, request.user_id, context)


def decide_update(request: Change, facts: UserFacts, context: Context) -> Outcome:
    """Change role, or whether enabled. Raises NotFound, Unprocessable."""
    seen = changed = found_user(facts.user)
    events: list[RecordEvent] = []
    if request.role not in (None, changed.role):
        replaced, event = change_role(changed, request.role, context)
        changed, events = replaced.user, [*events, event]
    if request.enabled not in (None, changed.enabled):
        kind = "user.enabled" if request.enabled else "user.disabled"
        replaced, event = change_user(changed, kind, context, enabled=request.enabled)
        changed, events = replaced.user, [*events, event]
    change = ReplaceUser(changed, seen, keeps_administrator=True)
    # The change is guarded as well: here only the words are found for it.
    if change.withdraws and facts.administrators <= 1:
        raise Unprocessable("an organization keeps one enabled administrator", reason="last_administrator")
    body = UserResponse(show_user(changed, facts.has))
    return Outcome(Reply(200, body, NO_STORE), (change, *events) if events else ())


def _documented(summary: str, errors: tuple[int, ...], response: Any = UserResponse, **more: Any) -> Documentation:
    return Documentation(summary=summary, tag="Users", response=response, errors=(401, 403, *errors), **more)


LIST_USERS = Operation(
    "ListUsers",
    "GET /users",
    "session",
    read_list,
    load_list,
    decide_list,
    _documented("List users", (400,), UserList, parameters=USER_PARAMETERS),
)
GET_USER = Operation(
    "GetUser",
    "GET /users/{id}",
    "session",
    read_one,
    load_one,
    decide_get,
    _documented("Get a user", (404,), parameters=ID),
)
UPDATE_USER = Operation(
    "UpdateUser",
    "PUT /users/{id}",
    "session",
    read_update,
    load_changed,
    decide_update,
    _documented("Change a user", (400, 404, 422), request=UserUpdate, parameters=ID),
)
USERS = Extension("users", (LIST_USERS, GET_USER, UPDATE_USER))
