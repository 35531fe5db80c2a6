"""Changes of people's accounts and sessions; of the closed list in `changes`."""

from msgspec import Struct

from grantwell.protocol.records import Session, User


class ReplaceUser(Struct, frozen=True):
    """Sets password, role, enabled and valid_after. Guarded: these are still as in `seen`.

    With `keeps_administrator` it is guarded besides by what the organization is left with: whoever takes its last
    enabled administrator away loses the race, however many try at once.
    """

    user: User
    seen: User
    keeps_administrator: bool = False

    @property
    def withdraws(self) -> bool:
        """Whether an administrator is disabled, or is one no longer."""
        return _administers(self.seen) and not _administers(self.user)


class AddSession(Struct, frozen=True):
    """Unguarded: its id is random."""

    session: Session


class EndSession(Struct, frozen=True):
    """Idempotent."""

    session_id: str
    at: int


class EndSessions(Struct, frozen=True):
    """Ends a user's sessions, but the one of the id `but`. Idempotent: what has ended stays as it ended."""

    user_id: str
    but: str
    at: int


PeopleChange = ReplaceUser | AddSession | EndSession | EndSessions


def _administers(user: User) -> bool:
    return user.role == "admin" and user.enabled
