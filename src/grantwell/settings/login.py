"""Settings of the external login: a provider of OpenID Connect at which people sign in."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from grantwell.protocol.redirect_uri import LOOPBACK_HOSTS, split
from grantwell.protocol.resource import is_resource

ISSUER = "an issuer, as in https://login.example.com or https://login.example.com/realms/main"
NAME = "text of 1 to 60 characters, in one line"
SCOPES = "scopes separated by blanks, openid among them"
LONGEST_NAME = 60
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def read_issuer(value: object) -> str:
    """An issuer (OpenID Connect Core, section 1.2): https, or http on this machine; nothing is changed about it."""
    parts = split(value) if isinstance(value, str) and is_resource(value) else None
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"must be {ISSUER}")
    if parts.query or (parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS):
        raise ValueError("must use https, for it is not on this machine" if not parts.query else "must have no query")
    return str(value)


def read_name(value: object) -> str:
    """What the button says after "Sign in with"."""
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value.strip()) <= LONGEST_NAME:
        raise ValueError(f"must be {NAME}")
    return value.strip()


def read_scopes(value: object) -> str:
    """What is asked for there (OpenID Connect Core, section 3.1.2.1)."""
    scopes = value.split() if isinstance(value, str) else []
    if "openid" not in scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise ValueError(f"must be {SCOPES}")
    return " ".join(scopes)


READERS: Mapping[str, Callable[[object], Any]] = {
    "login_issuer": read_issuer,
    "login_name": read_name,
    "login_scopes": read_scopes,
}
FORMS: Mapping[str, str] = {"login_issuer": ISSUER, "login_name": NAME, "login_scopes": SCOPES}
