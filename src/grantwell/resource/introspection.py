"""Asking the authorization server about a token (RFC 7662): the request, and what its answer means. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """How an API asks about tokens: as a client of the server, or with an API key.

    Args:
        client_id: a confidential client of the API.
        client_secret: its secret.
        api_key: instead of a client: an API key with the capability `introspect`.
        only_for: the scopes for which a token is asked about, after its signature was verified; none means that every
            token is asked about, and nothing else decides.
        cache_seconds: for how long an answer may be used again, and a revoked token with it. 0 is not at all.
        endpoint: the address to ask at, if not the one in the server's metadata.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    only_for: tuple[str, ...] = ()
    cache_seconds: float = 0
    endpoint: str = ""

    def __post_init__(self) -> None:
        if bool(self.api_key) == bool(self.client_id and self.client_secret):
            raise ValueError("introspection needs either client_id and client_secret, or api_key")
        if self.cache_seconds < 0:
            raise ValueError(f"cache_seconds must not be negative, and is {self.cache_seconds}")


def request_about(token: str, introspection: Introspection) -> dict[str, Any]:
    """The request, as arguments of httpx."""
    form = {"token": token, "token_type_hint": "access_token"}
    if introspection.api_key:
        return {"data": form, "headers": {"Authorization": f"Bearer {introspection.api_key}"}}
    credentials = {"client_id": introspection.client_id, "client_secret": introspection.client_secret}
    return {"data": form | credentials}


def read_answer(status: int, body: bytes) -> dict[str, Any] | None:
    """What the server says of the token; None if it did not say anything, as when it refused the API's credentials."""
    if status != 200:
        return None
    try:
        said = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and isinstance(said.get("active"), bool) else None


def refuse_answer(said: Mapping[str, Any]) -> str | None:
    """Why a token is no good by what the server says of it, as a reason code; None if it is a live access token."""
    if said["active"] is not True:
        return "token_inactive"
    # The server tells a client about its own refresh tokens, too, and these open no API.
    if str(said.get("token_type", "bearer")).lower() not in ("bearer", "at+jwt", "access_token"):
        return "token_wrong_type"
    return None
