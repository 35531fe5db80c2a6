"""People who live at the server: users, each with an API key, and with a password for whoever tests the pages."""

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from grantwell.protocol.accounts import new_api_key, new_organization, new_user
from grantwell.protocol.changes import Change
from grantwell.protocol.context import Context
from grantwell.protocol.records import Organization, Role
from grantwell.protocol.store import Backend

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who exist in tests only


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the server.

    Attributes:
        user_id: what tokens name in `sub`.
        org_id: of the organization.
        email: what the sign-in page asks for.
        password: with it.
        api_key: with every capability.
    """

    user_id: str
    org_id: str
    email: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)


@cache
def _hasher() -> "PasswordHasher":
    # What a hash costs stands in it, so these are cheap to verify too: as the real ones are, a sign-in takes 30 ms.
    from argon2 import PasswordHasher  # noqa: PLC0415 - most tests need no password

    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def cheap_hash(password: str) -> str:
    """An argon2id hash that protects nothing."""
    return _hasher().hash(password)


async def add_person(
    backend: Backend, context: Context, *, email: str, organization: str, role: Role, password: str = PASSWORD
) -> Person:
    """Make a user with an API key; the organization, too, if there is none of that name."""
    known = await backend.organization_by_name(organization)
    added: list[Change] = []
    if known is None:
        known = _add_organization(organization, context, added)
    user = new_user(known, email, cheap_hash(password), role, context)
    key, secret = new_api_key(user.user, "testing", context)
    await backend.apply((*added, user, key))
    return Person(user.user.user_id, known.org_id, email, password, secret)


def _add_organization(name: str, context: Context, added: list[Change]) -> Organization:
    change = new_organization(name, context)
    added.append(change)
    return change.organization
