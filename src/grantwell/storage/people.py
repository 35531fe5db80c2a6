"""The look-ups of people (`PeopleStore`), over whatever runs a statement: shared by the SQL drivers."""

from typing import Any

from grantwell.protocol.people_store import Belongings, UserFilter
from grantwell.protocol.records import ApiKey, Session, User
from grantwell.storage import rows
from grantwell.storage.client_filter import LONGEST_PATTERN, contains, page_parameters
from grantwell.storage.queries import Queries
from grantwell.storage.statements import accounts, people

# Finds nobody: no address is empty.
_NOBODY = ""


def user_parameters(chosen: UserFilter) -> dict[str, Any]:
    """NULL is no bound."""
    pattern = None if chosen.email_contains is None else contains(chosen.email_contains)
    if pattern is not None and len(pattern.encode()) > LONGEST_PATTERN:
        pattern = _NOBODY
    enabled = None if chosen.enabled is None else int(chosen.enabled)
    return {"email_pattern": pattern, "role": chosen.role, "enabled": enabled}


class SqlPeople(Queries):
    """What `SqlStore` knows of people."""

    async def user_by_email(self, email: str) -> User | None:
        row = await self.point(accounts.USER_BY_EMAIL, (email.casefold(),))
        return rows.USER.read(row) if row else None

    async def user(self, org_id: str, user_id: str) -> User | None:
        row = await self.point(people.USER, people.USER.bind({"org_id": org_id, "user_id": user_id}))
        return rows.USER.read(row) if row else None

    async def users_of(self, org_id: str, chosen: UserFilter, offset: int, limit: int) -> tuple[list[User], int]:
        names = {"org_id": org_id} | user_parameters(chosen) | page_parameters(offset, limit)
        found = await self.scan(people.USERS_OF, people.USERS_OF.bind(names))
        return [rows.USER.read(row, 1) for row in found if row[1] is not None], found[0][0]

    async def administrators(self, org_id: str) -> int:
        row = await self.point(people.ADMINISTRATORS, (org_id,))
        assert row is not None
        return int(row[0])

    async def belongings(self, user_id: str, now: int) -> Belongings:
        (row,) = await self.scan(people.BELONGINGS, people.BELONGINGS.bind({"user_id": user_id, "now": now}))
        return Belongings(*row)

    async def user_sessions(self, user_id: str, now: int, offset: int, limit: int) -> tuple[list[Session], int]:
        names = {"user_id": user_id, "now": now} | page_parameters(offset, limit)
        found = await self.scan(people.USER_SESSIONS, people.USER_SESSIONS.bind(names))
        return [rows.SESSION.read(row, 1) for row in found if row[1] is not None], found[0][0]

    async def session_by_id(self, org_id: str, session_id: str) -> Session | None:
        values = people.SESSION_BY_ID.bind({"org_id": org_id, "session_id": session_id})
        row = await self.point(people.SESSION_BY_ID, values)
        return rows.SESSION.read(row) if row else None

    async def user_api_keys(self, user_id: str, offset: int, limit: int) -> tuple[list[ApiKey], int]:
        names = {"user_id": user_id} | page_parameters(offset, limit)
        found = await self.scan(people.USER_API_KEYS, people.USER_API_KEYS.bind(names))
        return [rows.API_KEY.read(row, 1) for row in found if row[1] is not None], found[0][0]

    async def api_key_by_id(self, org_id: str, api_key_id: str) -> ApiKey | None:
        values = people.API_KEY_BY_ID.bind({"org_id": org_id, "api_key_id": api_key_id})
        row = await self.point(people.API_KEY_BY_ID, values)
        return rows.API_KEY.read(row) if row else None
