"""The ports for looking after people: users of an organization, their sessions and API keys.

Every look-up is of one organization or of one user: a foreign id finds nothing.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.records import ApiKey, Role, Session, User


class UserFilter(Struct, frozen=True):
    """What a list of users is narrowed to; None is no bound. `email_contains` knows no case."""

    email_contains: str | None = None
    role: Role | None = None
    enabled: bool | None = None


class Belongings(Struct, frozen=True):
    """How many living things a user has: API keys, sessions, grants."""

    api_keys: int
    sessions: int
    grants: int


class PeopleStore(Protocol):
    """The look-ups."""

    async def user_by_email(self, email: str) -> User | None:
        """A user by email address, whose case does not count."""

    async def user(self, org_id: str, user_id: str) -> User | None:
        """A user of one organization."""

    async def users_of(self, org_id: str, chosen: UserFilter, offset: int, limit: int) -> tuple[Sequence[User], int]:
        """One page of an organization's users by email address, and how many there are in all."""

    async def administrators(self, org_id: str) -> int:
        """How many enabled administrators an organization has."""

    async def belongings(self, user_id: str, now: int) -> Belongings:
        """How many living things a user has at this moment."""

    async def user_sessions(self, user_id: str, now: int, offset: int, limit: int) -> tuple[Sequence[Session], int]:
        """One page of a user's living sessions, newest first, and how many there are in all."""

    async def session_by_id(self, org_id: str, session_id: str) -> Session | None:
        """A session of one organization; ended and expired ones included."""

    async def user_api_keys(self, user_id: str, offset: int, limit: int) -> tuple[Sequence[ApiKey], int]:
        """One page of a user's API keys, newest first, and how many there are; revoked and expired ones included."""

    async def api_key_by_id(self, org_id: str, api_key_id: str) -> ApiKey | None:
        """An API key of one organization; revoked and expired ones included."""
