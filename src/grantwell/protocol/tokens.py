"""Issuing (RFC 6749 section 5.1): unsigned claims, and the answer that carries them once they are signed."""

from collections.abc import Callable

from msgspec import Struct

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.context import Context
from grantwell.protocol.outcome import Reply

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class TokenResponse(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The successful answer of the token endpoint."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


def access_token_claims(
    context: Context, *, subject: str, audience: str, client_id: str, scopes: tuple[str, ...], lineage: str = ""
) -> AccessTokenClaims:
    """The claims of one access token (RFC 9068 section 2.2)."""
    return AccessTokenClaims(
        context.server.issuer,
        subject,
        audience,
        client_id,
        context.now,
        context.now + context.server.access_token_seconds,
        context.token_identifier(),
        " ".join(scopes),
        lineage,
    )


def token_reply(claims: AccessTokenClaims, refresh_token: str | None = None) -> Callable[[str], Reply]:
    """The reply, waiting for the signed form of `claims`."""

    def reply(signed: str) -> Reply:
        body = TokenResponse(
            access_token=signed,
            token_type="Bearer",  # noqa: S106 - the type's name
            expires_in=claims.exp - claims.iat,
            scope=claims.scope,
            refresh_token=refresh_token,
        )
        return Reply(200, body, NO_STORE)

    return reply
