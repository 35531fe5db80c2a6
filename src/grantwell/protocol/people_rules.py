"""What people's addresses, passwords and keys may be, and whose things a caller may see and end."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Caller
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.operation import Parameter
from grantwell.protocol.paging import PageRequest, read_page
from grantwell.protocol.passwords import MAXIMUM_PASSWORD, MINIMUM_PASSWORD
from grantwell.protocol.records import User
from grantwell.protocol.rights import require_administrator
from grantwell.protocol.unknown_field import unknown_field

MAXIMUM_EMAIL = 320
OWNER = "filter[user_id]"
PAGE_PARAMETERS = (Parameter("page[size]", int), Parameter("page[number]", int))
ID = (Parameter("id", where="path", required=True),)


class Belonging(Struct, frozen=True):
    """A list of somebody's things: whose, and which page. An empty `user_id` is the caller's own."""

    user_id: str
    page: PageRequest


def read_belonging(query: Mapping[str, str]) -> Belonging:
    """Read whose things, and which page. Raises InvalidRequest."""
    return Belonging(query.get(OWNER, ""), read_page(query))


def owner_of(asked: Belonging, caller: Caller) -> str:
    """Whose things are listed. Raises AccessDenied for somebody else's, if the caller is no administrator."""
    if asked.user_id not in ("", caller.user_id):
        require_administrator(caller)
        return asked.user_id
    return caller.user_id


def require_reach(user_id: str | None, caller: Caller, what: str, *, reason: str) -> None:
    """Raise NotFound for a thing that is not there, or of somebody else and the caller is no administrator.

    `user_id` is the owner's; look-ups are of the caller's organization already.
    """
    if user_id is None or (user_id != caller.user_id and caller.role != "admin"):
        raise NotFound(f"there is no such {what}", reason=reason)


def email_address(value: object) -> str | None:
    """An email address, as far as a form can tell; None for anything else."""
    name, _, host = value.rpartition("@") if isinstance(value, str) else ("", "", "")
    fits = bool(name and host) and len(str(value)) <= MAXIMUM_EMAIL
    return f"{name}@{host}" if fits and str(value).isprintable() and " " not in str(value) else None


def check_password(field: str, password: object, email: str = "") -> Iterable[Problem]:
    """A new password is long enough, and not what stands beside it in the form."""
    if not isinstance(password, str) or not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD:
        yield Problem(field, f"must be {MINIMUM_PASSWORD} to {MAXIMUM_PASSWORD} characters")
    elif email and password.casefold() == email.casefold():
        yield Problem(field, "must not be the email address")


def refuse_unknown(body: Mapping[str, object], known: Iterable[str]) -> Iterable[Problem]:
    """A problem for each field that cannot be set here."""
    return [unknown_field(name, "is not a field that can be set here") for name in body if name not in known]


def refuse(problems: list[Problem], *, reason: str) -> None:
    """Raise Unprocessable if anything is wrong."""
    if problems:
        first = problems[0]
        raise Unprocessable(f"{first.field} {first.message}", reason=reason, problems=tuple(problems))


def session_id_of(caller: Caller) -> str:
    """The id of the session that a caller acts with; empty where it acts with something else."""
    kind, _, session_id = caller.credential.partition(" ")
    return session_id if kind == "session" else ""


def id_in(call: Call) -> str:
    """The id in the path."""
    return call.path["id"]


def found_user(user: User | None) -> User:
    """The user. Raises NotFound."""
    if user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    return user
