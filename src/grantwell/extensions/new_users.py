"""Making users, and passwords of theirs anew: each tells a password once, to an administrator of their organization.

Ours, not an RFC's. For our own pages alone: an API key that leaks makes no users.
"""

from grantwell.protocol.accounts import change_user, make_user, new_password
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.people_bodies import NewUser, UserId, UserResponse, show_user
from grantwell.protocol.people_rules import email_address, found_user, refuse, refuse_unknown
from grantwell.protocol.records import Role, User
from grantwell.protocol.rights import require_administrator
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.user_list import role_problems


def read_create(call: Call, context: Context) -> NewUser:
    """Read the body. Raises AccessDenied, InvalidRequest, Unprocessable."""
    require_administrator(context.caller)
    body = call.json()
    email, role = email_address(body.get("email")), body.get("role", "member")
    problems = [*refuse_unknown(body, ("email", "role"))]
    if email is None:
        problems.append(Problem("email", "must be an email address"))
    problems.extend(role_problems(role))
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
    replaced, event = change_user(found_user(user), "user.password_reset", context, password_hash=hashed)
    return Outcome(Reply(200, UserResponse(show_user(replaced.user, password=password)), NO_STORE), (replaced, event))


def _documented(summary: str, errors: tuple[int, ...], request: type, success: int = 200) -> Documentation:
    return Documentation(
        summary=summary,
        tag="Users",
        request=request,
        response=UserResponse,
        errors=(401, 403, *errors),
        success=success,
    )


CREATE_USER = Operation(
    "CreateUser",
    "POST /users",
    "session",
    read_create,
    load_namesake,
    decide_create,
    _documented("Make a user", (400, 422, 429), NewUser, 201),
    heavy=True,
)
RESET_PASSWORD = Operation(
    "ResetPassword",
    "POST /users/reset_password",
    "session",
    read_reset,
    load_user,
    decide_reset,
    _documented("Make a user's password anew", (400, 404, 422, 429), UserId),
    heavy=True,
)
NEW_USERS = Extension("new users", (CREATE_USER, RESET_PASSWORD))
