"""The bodies of looking after people: sessions, passwords, API keys and users."""

from msgspec import Struct

from grantwell.protocol.paging import PaginationMeta
from grantwell.protocol.people_store import Belongings
from grantwell.protocol.records import ApiKey, Session, User
from grantwell.protocol.timestamps import rfc3339


class OpenSession(Struct, frozen=True):
    """A living session, as its owner knows it; `current` is the one that asks."""

    record_type: str
    id: str
    created_at: str
    expires_at: str
    last_used_at: str | None
    address: str | None
    user_agent: str | None
    current: bool


class SessionList(Struct, frozen=True):
    """One page of sessions."""

    data: tuple[OpenSession, ...]
    meta: PaginationMeta


class SessionsToEnd(Struct, frozen=True):
    """Which of one's own sessions end: all the others, or this one too."""

    this_one_too: bool = False


class PasswordChange(Struct, frozen=True):
    """The password as it is, and as it is to be."""

    current_password: str
    new_password: str


class ManagedApiKey(Struct, frozen=True):
    """An API key; its text (`api_key`) stands in the answer that made it, and nowhere else."""

    record_type: str
    id: str
    user_id: str
    name: str
    capabilities: tuple[str, ...]
    state: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    api_key: str | None


class ApiKeyResponse(Struct, frozen=True):
    """The envelope."""

    data: ManagedApiKey


class ApiKeyList(Struct, frozen=True):
    """One page of API keys."""

    data: tuple[ManagedApiKey, ...]
    meta: PaginationMeta


class NewApiKey(Struct, frozen=True):
    """The body of a creation; without `expires_in_days` the key does not expire."""

    name: str
    capabilities: tuple[str, ...]
    expires_in_days: int | None = None


class ManagedUser(Struct, frozen=True):
    """A user; a password that was made stands in the answer that made it, and nowhere else.

    The counts are of what lives; a list has none.
    """

    record_type: str
    id: str
    org_id: str
    email: str
    role: str
    enabled: bool
    has_password: bool
    created_at: str
    password: str | None
    api_keys: int | None
    sessions: int | None
    grants: int | None


class UserResponse(Struct, frozen=True):
    """The envelope."""

    data: ManagedUser


class UserList(Struct, frozen=True):
    """One page of users."""

    data: tuple[ManagedUser, ...]
    meta: PaginationMeta


class NewUser(Struct, frozen=True):
    """The body of a creation."""

    email: str
    role: str = "member"


class UserUpdate(Struct, frozen=True):
    """The body of an update; what is absent stays."""

    role: str = ""
    enabled: bool = True


class UserId(Struct, frozen=True):
    """Whose password is to be made anew."""

    user_id: str


def show_session(session: Session, current_id: str) -> OpenSession:
    """How a session looks from outside."""
    return OpenSession(
        "session",
        session.session_id,
        rfc3339(session.created_at),
        rfc3339(session.expires_at),
        _when(session.last_used_at),
        session.address,
        session.user_agent,
        session.session_id == current_id,
    )


def show_api_key(key: ApiKey, now: int, text: str | None = None) -> ManagedApiKey:
    """How an API key looks from outside."""
    return ManagedApiKey(
        "api_key",
        key.api_key_id,
        key.user_id,
        key.name,
        key.capabilities,
        state_of(key, now),
        rfc3339(key.created_at),
        _when(key.expires_at),
        _when(key.revoked_at),
        _when(key.last_used_at),
        text,
    )


def state_of(key: ApiKey, now: int) -> str:
    """`active`, `expired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def show_user(user: User, has: Belongings | None = None, password: str | None = None) -> ManagedUser:
    """How a user looks from outside."""
    return ManagedUser(
        "user",
        user.user_id,
        user.org_id,
        user.email,
        user.role,
        user.enabled,
        user.password_hash is not None,
        rfc3339(user.created_at),
        password,
        has.api_keys if has else None,
        has.sessions if has else None,
        has.grants if has else None,
    )


def _when(seconds: int | None) -> str | None:
    return None if seconds is None else rfc3339(seconds)
