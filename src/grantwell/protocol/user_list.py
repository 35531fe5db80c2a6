"""Which users a list is narrowed to."""

from collections.abc import Mapping
from typing import get_args

from msgspec import Struct

from grantwell.protocol.errors import InvalidRequest, Problem
from grantwell.protocol.operation import Parameter
from grantwell.protocol.paging import PageRequest, read_page
from grantwell.protocol.people_rules import PAGE_PARAMETERS
from grantwell.protocol.people_store import UserFilter
from grantwell.protocol.records import Role

ROLES: tuple[Role, ...] = get_args(Role)
BOOLEANS = {"true": True, "false": False}
USER_PARAMETERS = (
    *PAGE_PARAMETERS,
    Parameter("filter[email][contains]"),
    Parameter("filter[role]"),
    Parameter("filter[enabled]", bool),
)


class UserListRequest(Struct, frozen=True):
    """Which users, and which page of them."""

    chosen: UserFilter
    page: PageRequest


def read_user_list(query: Mapping[str, str]) -> UserListRequest:
    """Read page and filters. Raises InvalidRequest."""
    role, enabled = query.get("filter[role]"), query.get("filter[enabled]")
    if role not in (None, *ROLES):
        raise _invalid("filter[role]", f"must be one of {', '.join(ROLES)}")
    if enabled not in (None, *BOOLEANS):
        raise _invalid("filter[enabled]", f"must be one of {', '.join(BOOLEANS)}")
    chosen = UserFilter(
        query.get("filter[email][contains]"),
        next((each for each in ROLES if each == role), None),
        BOOLEANS[enabled] if enabled is not None else None,
    )
    return UserListRequest(chosen, read_page(query))


def _invalid(name: str, message: str) -> InvalidRequest:
    return InvalidRequest(f"{name} {message}", reason="filter_invalid", problems=(Problem(name, message),))


def role_problems(role: object) -> list[Problem]:
    """What is wrong with a role, in the form of a list."""
    return [] if role in ROLES else [Problem("role", f"must be one of {', '.join(ROLES)}")]
