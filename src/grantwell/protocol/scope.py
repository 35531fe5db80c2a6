"""Scopes (RFC 6749 section 3.3)."""

from functools import lru_cache

from grantwell.protocol.context import Server
from grantwell.protocol.errors import InvalidScope
from grantwell.protocol.records import AuthenticatingClient

# Clients ask for it by habit to get a refresh token; here the grant type decides, so it is heard and grants nothing.
TOLERATED = "offline_access"
MAXIMUM_LENGTH = 2048


@lru_cache(maxsize=256)
def parse_scope(text: str | None) -> tuple[str, ...]:
    """The scopes of a space-separated list, each once, in order. Raises InvalidScope for a malformed list."""
    if not text:
        return ()
    if len(text) > MAXIMUM_LENGTH:
        raise InvalidScope("scope is too long", reason="scope_too_long")
    scopes = tuple(dict.fromkeys(text.split(" ")))
    if not all(_is_scope_token(scope) for scope in scopes):
        raise InvalidScope("scope must be names separated by single spaces", reason="scope_malformed")
    return tuple(scope for scope in scopes if scope != TOLERATED)


def _is_scope_token(text: str) -> bool:
    return bool(text) and all("\x21" <= char <= "\x7e" and char not in '"\\' for char in text)


def available_scopes(client: AuthenticatingClient, server: Server) -> tuple[str, ...]:
    """What a client may ask for now, as far as the server still has it.

    One that registered itself may ask for whatever registration gives: it could register again with more, so what it
    named then is no limit, only what it gets unasked. The person is asked in any case.
    """
    allowed = server.registration_scopes if client.origin == "registration" else client.allowed_scopes
    return scopes_among(allowed, server.scope_ids)


@lru_cache(maxsize=256)
def scopes_among(scopes: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Those scopes that are among the others. Remembered: most clients have one of a few sets."""
    return tuple(scope for scope in scopes if scope in others)


def grant_scopes(asked: tuple[str, ...], client: AuthenticatingClient, server: Server) -> tuple[str, ...]:
    """What a client gets for what it asks; for nothing, the scopes that it was made or registered with.

    Raises InvalidScope for a scope that is unknown or not allowed to it, and where nothing is left.
    """
    available = available_scopes(client, server)
    if not set(asked) <= set(server.scope_ids):
        raise InvalidScope("a requested scope does not exist on this server", reason="scope_unknown")
    if not set(asked) <= set(available):
        raise InvalidScope("a requested scope is not allowed to this client", reason="scope_not_allowed")
    granted = asked or scopes_among(client.allowed_scopes, available)
    if not granted:
        raise InvalidScope("no scope was asked for, and this client has none of its own", reason="scope_none_left")
    return granted


def narrow_scopes(asked: tuple[str, ...], approved: tuple[str, ...]) -> tuple[str, ...]:
    """What a refresh gets: the approved scopes or fewer, never more (RFC 6749 section 6). Raises InvalidScope."""
    if not asked:
        return approved
    if not set(asked) <= set(approved):
        raise InvalidScope("a requested scope is beyond what was approved", reason="scope_beyond_approval")
    return asked
