"""The look-ups of people, for dictionaries."""

from grantwell.protocol.people_store import Belongings, UserFilter
from grantwell.protocol.records import ApiKey, Session, User
from grantwell.storage.dictionary_tables import Tables


class DictionaryPeople:
    """What `DictionaryBackend` knows of people."""

    tables: Tables

    async def user_by_email(self, email: str) -> User | None:
        found = (each for each in self.tables.users.values() if each.email.casefold() == email.casefold())
        return next(found, None)

    async def user(self, org_id: str, user_id: str) -> User | None:
        found = self.tables.users.get(user_id)
        return found if found and found.org_id == org_id else None

    async def users_of(self, org_id: str, chosen: UserFilter, offset: int, limit: int) -> tuple[list[User], int]:
        found = [each for each in self.tables.users.values() if each.org_id == org_id and _fits(each, chosen)]
        found.sort(key=lambda user: user.email.casefold())
        return found[offset : offset + limit], len(found)

    async def administrators(self, org_id: str) -> int:
        return len(self.tables.administrators(org_id))

    async def belongings(self, user_id: str, now: int) -> Belongings:
        keys = [each for each in self.tables.api_keys.values() if each.user_id == user_id and each.revoked_at is None]
        grants = [each for each in self.tables.listed_grants() if each.user_id == user_id and each.revoked_at is None]
        living = [each for each in keys if each.expires_at is None or each.expires_at > now]
        return Belongings(len(living), len(self._living_sessions(user_id, now)), len(grants))

    async def user_sessions(self, user_id: str, now: int, offset: int, limit: int) -> tuple[list[Session], int]:
        found = sorted(self._living_sessions(user_id, now), key=lambda each: (each.created_at, each.session_id))
        return found[::-1][offset : offset + limit], len(found)

    def _living_sessions(self, user_id: str, now: int) -> list[Session]:
        user = self.tables.users.get(user_id)
        found = [each for each in self.tables.sessions.values() if user and each.user_id == user_id]
        living = [each for each in found if each.ended_at is None and each.expires_at > now]
        return [each for each in living if user and each.created_at >= user.valid_after]

    async def session_by_id(self, org_id: str, session_id: str) -> Session | None:
        found = self.tables.sessions.get(session_id)
        return found if found and found.org_id == org_id else None

    async def user_api_keys(self, user_id: str, offset: int, limit: int) -> tuple[list[ApiKey], int]:
        found = [each for each in self.tables.api_keys.values() if each.user_id == user_id]
        found.sort(key=lambda each: (each.created_at, each.api_key_id), reverse=True)
        return found[offset : offset + limit], len(found)

    async def api_key_by_id(self, org_id: str, api_key_id: str) -> ApiKey | None:
        found = self.tables.api_keys.get(api_key_id)
        return found if found and found.org_id == org_id else None


def _fits(user: User, chosen: UserFilter) -> bool:
    return (
        (chosen.email_contains is None or chosen.email_contains.casefold() in user.email.casefold())
        and chosen.role in (None, user.role)
        and chosen.enabled in (None, user.enabled)
    )
