"""A token as it is kept, with what is needed to renew it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from grantwell.sdk.decoding import UnexpectedShape, decode
from grantwell.sdk.extensible import Extensible
from grantwell.sdk.types import OAuthTokenResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken(Extensible):
    """A token, and whose.

    Attributes:
        access_token: what is shown to APIs. A secret.
        expires_at: when it ends, in seconds since 1970.
        client_id: whose it is.
        base_url: of the server that it is from.
        refresh_token: what it is renewed with, or None. A secret.
        scope: what it may do, as far as the server said.
        resource: where it is good (RFC 8707), or None.
    """

    access_token: str = field(repr=False)
    expires_at: int
    client_id: str
    base_url: str
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None
    resource: str | None = None

    def is_fresh(self, now: float, leeway_seconds: float = 0) -> bool:
        """Whether it will still be good in so many seconds."""
        return now + leeway_seconds < self.expires_at

    def renewed(self, answer: OAuthTokenResponse, now: float) -> StoredToken:
        """The same with the tokens of an answer. Without a new refresh token there the old one stays (RFC 6749, 6)."""
        return replace(
            self,
            access_token=answer.access_token,
            expires_at=int(now) + answer.expires_in,
            refresh_token=answer.refresh_token or self.refresh_token,
            scope=answer.scope or self.scope,
        )

    @classmethod
    def issued(
        cls, answer: OAuthTokenResponse, now: float, *, client_id: str, base_url: str, resource: str | None
    ) -> StoredToken:
        """A new token."""
        return cls(
            access_token=answer.access_token,
            expires_at=int(now) + answer.expires_in,
            client_id=client_id,
            base_url=base_url,
            refresh_token=answer.refresh_token,
            scope=answer.scope,
            resource=resource,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> StoredToken | None:
        """What `to_json` made; None for anything else."""
        try:
            return decode(cls, json.loads(text), "token")
        except (ValueError, RecursionError, UnexpectedShape):
            return None
