"""Users: their organization's administrators list, make, change and help them.

Ours, not an RFC's. For our own pages alone: an API key that leaks makes no users.
"""

from typing import Any

from msgspec import Struct

from grantwell.protocol.accounts import change_role, change_user, make_user, new_password
from grantwell.protocol.call import Call
from grantwell.protocol.changes import RecordEvent
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import pagination_meta
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.people_bodies import NewUser, UserId, UserList, UserResponse, UserUpdate, show_user
from grantwell.protocol.people_changes import ReplaceUser
from grantwell.protocol.people_rules import ID, email_address, id_in, refuse, refuse_unknown
from grantwell.protocol.people_store import Belongings
from grantwell.protocol.records import Role, User
from grantwell.protocol.rights import require_administrator
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.user_list import ROLES, USER_PARAMETERS, UserListRequest, read_user_list


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


def read_create(call: Call, context: Context) -> NewUser:
    """Read the body. Raises AccessDenied, InvalidRequest, Unprocessable."""
    require_administrator(context.caller)
    body = call.json()
    email, role = email_address(body.get("email")), body.get("role", "member")
    problems = [*refuse_unknown(body, ("email", "role"))]
    if email is None:
        problems.append(Problem("email", "must be an email address"))
    problems.extend(_role_problems(role))
    refuse(problems, reason="user_malformed")
    return NewUser(str(email), role)


async def load_namesake(store: Store, request: NewUser, _context: Context) -> User | None:
    """Whoever has that address already, in whichever organization."""
    return await store.user_by_email(request.email)


def decide_create(request: NewUser, namesake: User | None, context: Context) -> Outcome:
    """Make the user, with a password that is told once. Raises Unprocessable."""
    if namesake is not None:
        problem = Problem("email", "belongs to a user already")
        raise Unprocessable("there is a user with this address", reason="email_taken", problems=(problem,))
    password = new_password(context)
    role: Role = "admin" if request.role == "admin" else "member"
    added = make_user(context.caller.org_id, request.email, hash_password(password), role, context)
    event = context.record("user.created", subject=added.user.user_id, org_id=added.user.org_id, detail=role)
    body = UserResponse(show_user(added.user, password=password))
    return Outcome(Reply(201, body, NO_STORE), (added, event))


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
    return Outcome(Reply(200, UserResponse(show_user(_found(facts.user), facts.has)), NO_STORE))


def read_update(call: Call, context: Context) -> Change:
    """Read the body; an empty one changes nothing. Raises AccessDenied, InvalidRequest, Unprocessable."""
    user_id, body = read_one(call, context), call.json(empty_is_object=True)
    role, enabled = body.get("role"), body.get("enabled")
    problems = [*refuse_unknown(body, ("role", "enabled"))]
    if "role" in body:
        problems.extend(_role_problems(role))
    if "enabled" in body and not isinstance(enabled, bool):
        problems.append(Problem("enabled", "must be true or false"))
    refuse(problems, reason="user_malformed")
    return Change(user_id, role, enabled)


async def load_changed(store: Store, request: Change, context: Context) -> UserFacts:
    """As for showing the user."""
    return await load_one(store, request.user_id, context)


def decide_update(request: Change, facts: UserFacts, context: Context) -> Outcome:
    """Change role, or whether enabled. Raises NotFound, Unprocessable."""
    seen = changed = _found(facts.user)
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


def read_reset(call: Call, context: Context) -> str:
    """Read the body. Raises AccessDenied, InvalidRequest, Unprocessable."""
    require_administrator(context.caller)
    body = call.json()
    user_id = body.get("user_id")
    problems = [*refuse_unknown(body, ("user_id",))]
    if not isinstance(user_id, str) or not user_id:
        problems.append(Problem("user_id", "must be the id of a user"))
    refuse(problems, reason="user_malformed")
    return str(user_id)


async def load_user(store: Store, user_id: str, context: Context) -> User | None:
    """The user, if it is of the caller's organization."""
    return await store.user(context.caller.org_id, user_id)


def decide_reset(_user_id: str, user: User | None, context: Context) -> Outcome:
    """Make a new password, which is told once; sessions and tokens end. Raises NotFound."""
    password = new_password(context)
    hashed = hash_password(password)
    replaced, event = change_user(_found(user), "user.password_reset", context, password_hash=hashed)
    return Outcome(Reply(200, UserResponse(show_user(replaced.user, password=password)), NO_STORE), (replaced, event))


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    return user


def _role_problems(role: object) -> list[Problem]:
    return [] if role in ROLES else [Problem("role", f"must be one of {', '.join(ROLES)}")]


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
CREATE_USER = Operation(
    "CreateUser",
    "POST /users",
    "session",
    read_create,
    load_namesake,
    decide_create,
    _documented("Make a user", (400, 422, 429), request=NewUser, success=201),
    heavy=True,
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
RESET_PASSWORD = Operation(
    "ResetPassword",
    "POST /users/reset_password",
    "session",
    read_reset,
    load_user,
    decide_reset,
    _documented("Make a user's password anew", (400, 404, 422, 429), request=UserId),
    heavy=True,
)
USERS = Extension("users", (LIST_USERS, CREATE_USER, GET_USER, UPDATE_USER, RESET_PASSWORD))
