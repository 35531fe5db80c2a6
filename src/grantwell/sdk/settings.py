"""What a client was made with: the server's address, the credential, how long to wait, how often to try again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypedDict
from urllib.parse import urlsplit

import httpx

from grantwell.sdk.errors import GrantwellError

Timeout: TypeAlias = float | httpx.Timeout | None

DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
# What a client of httpx has that nobody gave one to.
HTTPX_TIMEOUT = httpx.Timeout(5.0)
DEFAULT_MAX_RETRIES = 2

VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every call of a client shares. Times are seconds; headers override what the client would send."""

    base_url: str
    api_key: str | None = field(repr=False)
    timeout: Timeout
    max_retries: int
    default_headers: Mapping[str, str] = field(repr=False)
    user_agent: str

    def __post_init__(self) -> None:
        check_base_url(self.base_url)
        if self.api_key is not None and not VISIBLE_ASCII.fullmatch(self.api_key):
            raise GrantwellError("api_key holds a blank, a line break or another character that no header can carry")
        if self.max_retries < 0:
            raise GrantwellError(f"max_retries must be 0 or more, and is {self.max_retries}")


class SettingsChanges(TypedDict, total=False):
    """What `with_options` can change; the names are those of the client's arguments."""

    api_key: str | None
    timeout: Timeout
    max_retries: int
    default_headers: Mapping[str, str]
    auth: httpx.Auth | None


def changed(
    settings: Settings, auth: httpx.Auth | None, changes: SettingsChanges
) -> tuple[Settings, httpx.Auth | None]:
    """The settings and `auth` after some changes. Of an API key and an `auth` the one that was said last is meant."""
    fields: dict[str, Any] = dict(changes)
    if "auth" in changes:
        auth = changes["auth"]
        fields["api_key"] = changes.get("api_key")
    elif "api_key" in changes:
        auth = None
    fields.pop("auth", None)
    return replace(settings, **fields), auth


def timeout_of(http_client: httpx.Client | httpx.AsyncClient | None, timeout: Timeout) -> Timeout:
    """The time-out that was given, or else that of the `http_client` that was given, or else ours."""
    if timeout is not DEFAULT_TIMEOUT or http_client is None or http_client.timeout == HTTPX_TIMEOUT:
        return timeout
    return http_client.timeout


def check_base_url(base_url: str) -> None:
    """An address that the paths of operations can be appended to, or `GrantwellError`."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise GrantwellError("base_url must be an absolute http or https address, as in https://auth.example.com/v2")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise GrantwellError("base_url must not hold a user, a password, a query or a fragment")


def from_environment(
    environment: Mapping[str, str],
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: Timeout,
    max_retries: int,
    default_headers: Mapping[str, str] | None,
    user_agent: str,
) -> Settings:
    """The settings of a client: what was given, else what the environment says.

    Args:
        environment: GRANTWELL_API_KEY or TELNYX_API_KEY, GRANTWELL_BASE_URL or TELNYX_BASE_URL are looked up in it.
        api_key: as given; the empty string is no key at all, whatever the environment says.
        base_url: as given.
        timeout: seconds, or an `httpx.Timeout`, or None for no limit.
        max_retries: how often to try again at most.
        default_headers: as given.
        user_agent: what the client calls itself.

    Raises:
        GrantwellError: no address, or one or an API key that cannot be used.
    """
    base_url = base_url or environment.get("GRANTWELL_BASE_URL") or environment.get("TELNYX_BASE_URL")
    if not base_url:
        raise GrantwellError("no server: give base_url, or set GRANTWELL_BASE_URL, as in https://auth.example.com/v2")
    if api_key is None:
        api_key = environment.get("GRANTWELL_API_KEY") or environment.get("TELNYX_API_KEY")
    headers = dict(default_headers or {})
    return Settings(base_url.rstrip("/"), api_key or None, timeout, max_retries, headers, user_agent)
