"""Opening a session for somebody, however it was proved who that is."""

from grantwell.protocol.context import Context
from grantwell.protocol.generated_secret import SESSION, hash_secret, new_secret
from grantwell.protocol.records import Session, User

MAXIMUM_USER_AGENT = 512


def open_session(user: User, context: Context, user_agent: str, session_id: str = "") -> tuple[Session, str]:
    """A new session of a user, and its secret, which is told once.

    It begins no sooner than what ended everything before: whoever signs in within the second of a password change
    does so with the new one.
    """
    secret = new_secret(SESSION, context.entropy)
    session = Session(
        session_id or context.identifier(),
        hash_secret(secret),
        user.user_id,
        user.org_id,
        max(context.now, user.valid_after),
        context.now + context.server.session_seconds,
        None,
        context.address or None,
        _plain(user_agent) or None,
    )
    return session, secret


def _plain(user_agent: str) -> str:
    """What a browser says of itself, as far as it can be shown."""
    return "".join(char for char in user_agent[:MAXIMUM_USER_AGENT] if "\x20" <= char <= "\x7e").strip()
