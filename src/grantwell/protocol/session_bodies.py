"""The bodies of signing in, of acting for who is signed in, and of signing out."""

from msgspec import Struct


class SignIn(Struct, frozen=True):
    """Email address and password; `user_agent` is what the browser says of itself, for its owner to know it by."""

    email: str
    password: str
    user_agent: str = ""


class SessionSecret(Struct, frozen=True):
    """The secret of a session."""

    session: str


class SessionResponse(Struct, frozen=True):
    """A new session; its secret stands here and nowhere else."""

    session: str
    user_id: str
    email: str
    expires_at: str


class SessionTokenResponse(Struct, frozen=True):
    """An access token for this server, as the person who is signed in."""

    access_token: str
    token_type: str
    expires_in: int
    user_id: str
    email: str
    org_id: str
    role: str
