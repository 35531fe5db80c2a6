"""The settings whose form is their own.

Each reader answers with the value, or raises ValueError with words that go on after the setting's name.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from grantwell.protocol.context import Scope
from grantwell.protocol.errors import InvalidScope
from grantwell.protocol.passwords import MAXIMUM_PASSWORD, MINIMUM_PASSWORD
from grantwell.protocol.people_rules import email_address
from grantwell.protocol.scope import parse_scope
from grantwell.protocol.server_secrets import MINIMUM_BYTES
from grantwell.settings import addresses, branding, login
from grantwell.settings.lists import read_json, read_list
from grantwell.settings.model import DEFAULT_RATE_LIMITS, SQLITE

RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
HEXADECIMAL = re.compile(r"([0-9a-fA-F]{2})+")
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
VISIBLE = re.compile(r"[\x21-\x7e]{24,1024}")
# Of 32 random bytes nearly all differ; of a word that is repeated, or typed by hand, few do.
DIFFERENT_BYTES = 12


class ScopeEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A scope as written: its words may be missing."""

    id: str
    name: str = ""
    description: str = ""


def read_path(value: object) -> Path:
    """A directory, which need not exist yet."""
    if not isinstance(value, str | Path):
        raise ValueError("must be the path of a directory")
    path = Path(value).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f"must be a directory, and {path} is a file")
    return path


def read_scopes(value: object) -> tuple[Scope, ...]:
    """The catalogue: at least one scope, each with a name of its own (RFC 6749 section 3.3)."""
    written = read_json(value) if isinstance(value, str) else value
    try:
        entries = msgspec.convert(written, list[ScopeEntry], from_attributes=True)
    except msgspec.ValidationError as error:
        raise ValueError(f"must be {FORMS['scopes']}: {error}") from None
    names = [entry.id for entry in entries]
    if not names or len(set(names)) != len(names):
        raise ValueError("must have at least one scope, and none twice")
    for name in names:
        if not _is_scope(name):
            raise ValueError(f"has a scope that is no scope-token (RFC 6749 section 3.3): {name!r}")
    return tuple(Scope(entry.id, entry.name or entry.id, entry.description) for entry in entries)


def _is_scope(name: str) -> bool:
    try:
        return parse_scope(name) == (name,)
    except InvalidScope:
        return False


def read_rate_limits(value: object) -> Mapping[str, str]:
    """A limit for each name that has one: `off`, or a table whose entries take the place of the defaults."""
    if value == "off":
        return {}
    table = read_json(value) if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise ValueError(f"must be {FORMS['rate_limits']}")
    for name, limit in table.items():
        if name not in DEFAULT_RATE_LIMITS:
            raise ValueError(f"has no limit named {name!r}: there are {', '.join(DEFAULT_RATE_LIMITS)}")
        if limit != "off" and not (isinstance(limit, str) and RATE.fullmatch(limit)):
            raise ValueError(f"has a limit for {name} that is neither off nor like 100/hour: {limit!r}")
    return {name: limit for name, limit in (DEFAULT_RATE_LIMITS | dict(table)).items() if limit != "off"}


def read_secret(value: object) -> tuple[bytes, ...]:
    """The server's secrets: each at least 32 random bytes, in base64, base64url or hexadecimal."""
    if isinstance(value, list | tuple) and value and all(isinstance(item, bytes) for item in value):
        return tuple(_random(item) for item in value)
    texts = read_list(value.replace("\n", ",") if isinstance(value, str) else value)
    if not texts:
        raise ValueError(f"must be {FORMS['secret']}")
    return tuple(_random(_bytes_of(text)) for text in texts)


def _bytes_of(text: str) -> bytes:
    # First: hexadecimal digits are base64 too, but 32 random bytes in base64 are never only these.
    if HEXADECIMAL.fullmatch(text):
        return bytes.fromhex(text)
    standard = text.replace("-", "+").replace("_", "/")
    if not BASE64.fullmatch(standard):
        raise ValueError(f"must be {FORMS['secret']}")
    try:
        return b64decode(standard.rstrip("=") + "=" * (-len(standard.rstrip("=")) % 4))
    except ValueError:
        raise ValueError(f"must be {FORMS['secret']}") from None


def _random(secret: bytes) -> bytes:
    if len(secret) < MINIMUM_BYTES:
        raise ValueError(f"is too short: {len(secret)} bytes instead of {MINIMUM_BYTES} (openssl rand -base64 32)")
    if len(set(secret)) < DIFFERENT_BYTES:
        raise ValueError("is not random: make one with openssl rand -base64 32")
    return secret


def read_api_key(value: object) -> str:
    """Any text that a header can carry."""
    if not isinstance(value, str) or not VISIBLE.fullmatch(value):
        raise ValueError(f"must be {FORMS['bootstrap_api_key']}")
    return value


def read_password(value: object) -> str:
    """A password that a person may sign in with."""
    if not isinstance(value, str) or not MINIMUM_PASSWORD <= len(value) <= MAXIMUM_PASSWORD:
        raise ValueError(f"must be {FORMS['bootstrap_password']}")
    return value


def read_email(value: object) -> str:
    """An email address, as far as a form can tell."""
    address = email_address(value)
    if address is None:
        raise ValueError("must be an email address")
    return address


def read_database_url(value: object) -> str:
    """Which database, and where. What goes wrong is told without the address, which may hold a password."""
    if not isinstance(value, str) or not value.startswith((SQLITE, "postgresql://", "postgres://")):
        raise ValueError(f"must be {FORMS['database_url']}")
    if value == SQLITE:
        raise ValueError("must name a file after sqlite:///")
    return value


READERS: Mapping[str, Callable[[object], Any]] = {
    "data_dir": read_path,
    "database_url": read_database_url,
    "issuer": addresses.read_origin,
    "allowed_hosts": addresses.read_hosts,
    "trusted_proxies": addresses.read_networks,
    "consent_url": addresses.read_page,
    "sign_in_url": addresses.read_page,
    "scopes": read_scopes,
    "default_resource": addresses.read_resource,
    "resources": addresses.read_resources,
    "secret": read_secret,
    "metrics_address": addresses.read_listening,
    "metrics_directory": read_path,
    "tracing_endpoint": addresses.read_collector,
    "rate_limits": read_rate_limits,
    **branding.READERS,
    **login.READERS,
    "bootstrap_email": read_email,
    "bootstrap_password": read_password,
    "bootstrap_api_key": read_api_key,
}
FORMS: Mapping[str, str] = {
    "data_dir": "the path of a directory",
    "database_url": "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    "issuer": "an origin, as in https://auth.example.com",
    "allowed_hosts": "a list of hosts, with or without a port, separated by commas",
    "trusted_proxies": "a list of networks, as in 10.0.0.0/8, separated by commas",
    "consent_url": "the absolute address of a page",
    "sign_in_url": "the absolute address of a page",
    "scopes": 'a JSON array of {"id", "name", "description"}',
    "default_resource": "an absolute URI without fragment",
    "resources": "a list of absolute URIs without fragment, separated by commas",
    "secret": f"a list of at least {MINIMUM_BYTES} random bytes each, in base64 or hexadecimal, separated by commas",
    "metrics_address": "an address and a port, as in 127.0.0.1:9464",
    "metrics_directory": "the path of a directory",
    "tracing_endpoint": "an absolute address, as in http://127.0.0.1:4318/v1/traces",
    "rate_limits": 'off, or a table, as in {"register": "100/hour", "consent": "off"}',
    **branding.FORMS,
    **login.FORMS,
    "bootstrap_email": "an email address",
    "bootstrap_password": f"text of {MINIMUM_PASSWORD} to {MAXIMUM_PASSWORD} characters",
    "bootstrap_api_key": "text of 24 to 1024 visible ASCII characters",
}
