"""An access token as an API gets it: read, judged by its header, and once it is believed, what it says (RFC 9068)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from grantwell.protocol.access_token import MAXIMUM_LENGTH
from grantwell.protocol.encoding import decode_base64url
from grantwell.resource.public_keys import PublicKey


class AccessToken(Struct, frozen=True, kw_only=True, eq=False):
    """A token that was believed. Times are seconds since 1970.

    `subject` is whom it acts for: a user, or the client itself, whose `client_id` it is then. `scopes` holds what was
    granted and what that implies. `claims` is everything that the token, or the server about it, says.
    """

    issuer: str
    subject: str
    client_id: str
    audience: tuple[str, ...]
    scopes: frozenset[str]
    expires_at: int | None
    not_before: int
    claims: Mapping[str, Any]


class Header(Struct, frozen=True):
    """The protected header (RFC 7515 section 4), as far as it is understood."""

    alg: str
    kid: str
    typ: str
    crit: Any = None


class Claims(Struct, frozen=True):
    """RFC 9068 section 2.2, RFC 7519 section 4.1; of introspection RFC 7662 section 2.2."""

    iss: str = ""
    sub: str = ""
    aud: str | list[str] = ""
    client_id: str = ""
    scope: str = ""
    exp: float | None = None
    nbf: float = 0
    cnf: Any = None


_decode_header = msgspec.json.Decoder(Header).decode
_decode_claims = msgspec.json.Decoder(dict[str, Any]).decode


# Every token of a key begins with the same words.
@lru_cache(maxsize=256)
def read_header(segment: str) -> Header:
    """Read the first part of a compact JWS. Raises ValueError."""
    return _decode_header(_bytes_of(segment))


def header_of(text: str) -> Header | None:
    """The header of something that has the form of a signed token, not yet to be believed; None of anything else."""
    if len(text) > MAXIMUM_LENGTH or text.count(".") != 2 or not text.isascii():
        return None
    try:
        return read_header(text[: text.index(".")])
    except (ValueError, RecursionError):
        return None


def refuse_header(header: Header, key: PublicKey | None) -> str | None:
    """Why a token cannot be one of this server's, as a reason code; None if nothing but its signature is in doubt."""
    if header.crit is not None:
        return "token_malformed"
    if header.typ.lower().removeprefix("application/") != "at+jwt":
        return "token_wrong_type"
    if key is None:
        return "token_unknown_key"
    # The algorithm belongs to the key; a header that names another one is an attack, not a choice.
    if header.alg != key.alg:
        return "token_wrong_algorithm"
    return None


def read_signed(text: str, key: PublicKey) -> dict[str, Any] | None:
    """The claims of a compact JWS that the key has signed; None if it has not."""
    signing_input, _, signature = text.rpartition(".")
    decoded = decode_base64url(signature)
    if decoded is None or not key.is_signed(signing_input.encode(), decoded):
        return None
    try:
        return _decode_claims(_bytes_of(signing_input.partition(".")[2]))
    except (ValueError, RecursionError):
        return None


def _bytes_of(segment: str) -> bytes:
    decoded = decode_base64url(segment)
    if decoded is None:
        raise ValueError("not base64url")
    return decoded


def read_claims(claims: Mapping[str, Any]) -> Claims | None:
    """The claims that decide, each of its type; None where one is of another."""
    try:
        return msgspec.convert(claims, Claims)
    except msgspec.ValidationError:
        return None


def access_token(claims: Claims, all_claims: Mapping[str, Any], scopes: frozenset[str]) -> AccessToken:
    """What an API is told of a token that was believed. `scopes` are its own and what they imply."""
    return AccessToken(
        issuer=claims.iss,
        subject=claims.sub,
        client_id=claims.client_id,
        audience=(claims.aud,) if isinstance(claims.aud, str) else tuple(claims.aud),
        scopes=scopes,
        expires_at=None if claims.exp is None else int(claims.exp),
        not_before=int(claims.nbf),
        # One token is handed to many requests, none of which may change it for the others.
        claims=MappingProxyType(dict(all_claims)),
    )
