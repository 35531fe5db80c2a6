"""The signed form of an access token: a JWT of type `at+jwt` (RFC 9068), made and judged.

The signer is small and our own, because the encoded header is the same for every token of a key and signing is most of
what a token request costs. Everything that comes from outside is judged in a fixed order: size, `typ`, `alg` pinned to
the `kid`, signature, `iss`, `exp`; only then does anybody look at what the claims say.
"""

from functools import lru_cache

import msgspec
from msgspec import Struct

from grantwell.protocol.encoding import base64url, decode_base64url
from grantwell.protocol.keys import KeySet, SigningKey, is_signed

MAXIMUM_LENGTH = 8192
# So many strings, none of them longer than that, are remembered as what they read as; about 2 KiB each.
REMEMBERED, REMEMBERED_LENGTH = 1024, 1024


class AccessTokenClaims(Struct, frozen=True, omit_defaults=True):
    """RFC 9068 section 2.2, and two of our own: `lineage` if a user approved it, `sid` if our pages asked for it."""

    iss: str
    sub: str
    aud: str
    client_id: str
    iat: int
    exp: int
    jti: str
    scope: str
    lineage: str = ""
    sid: str = ""


class Header(Struct, frozen=True):
    """The protected header (RFC 7515 section 4)."""

    alg: str
    typ: str
    kid: str


class PresentedAccessToken(Struct, frozen=True):
    """A presented access token, taken apart and not yet believed."""

    header: Header
    claims: AccessTokenClaims
    signing_input: bytes
    signature: bytes


_encode = msgspec.json.Encoder().encode
_decode_header = msgspec.json.Decoder(Header).decode
_decode_claims = msgspec.json.Decoder(AccessTokenClaims).decode


def sign_access_token(claims: AccessTokenClaims, key: SigningKey) -> str:
    """Make the compact form (RFC 7515 section 7.1)."""
    signing_input = key.encoded_header + base64url(_encode(claims))
    return (b"%b.%b" % (signing_input, base64url(key.sign(signing_input)))).decode("ascii")


def read_access_token(text: str) -> PresentedAccessToken | None:
    """Take a compact JWT apart; None if it cannot be one of ours. Nothing in the answer is to be believed yet."""
    if len(text) > MAXIMUM_LENGTH or text.count(".") != 2:
        return None
    return _read_again(text) if len(text) <= REMEMBERED_LENGTH else _read(text)


def _read(text: str) -> PresentedAccessToken | None:
    signing_input, _, signature = text.rpartition(".")
    header, _, claims = signing_input.partition(".")
    parts = decode_base64url(header), decode_base64url(claims), decode_base64url(signature)
    if parts[0] is None or parts[1] is None or parts[2] is None:
        return None
    # The claims are looked up before the signature is verified, and not every database takes a NUL character.
    if b"\\u0000" in parts[1]:
        return None
    try:
        return PresentedAccessToken(
            _decode_header(parts[0]), _decode_claims(parts[1]), signing_input.encode(), parts[2]
        )
    except (ValueError, RecursionError):  # not our JSON, or no UTF-8
        return None


# APIs ask about the same token again and again. That it reads so says nothing of whether it is genuine.
_read_again = lru_cache(maxsize=REMEMBERED)(_read)


def refuse_access_token(token: PresentedAccessToken, keys: KeySet, issuer: str, now: int) -> str | None:
    """Why a token is not to be believed, as a reason code; None if it is genuine and has not expired."""
    key = keys.verifying(token.header.kid)
    if token.header.typ.lower() != "at+jwt":
        return "token_wrong_type"
    if key is None:
        return "token_unknown_key"
    # The algorithm belongs to the key; a header that names another one is an attack, not a choice.
    if token.header.alg != key.alg:
        return "token_wrong_algorithm"
    if not is_signed(key, token.signing_input, token.signature):
        return "token_wrong_signature"
    if token.claims.iss != issuer:
        return "token_wrong_issuer"
    if token.claims.exp <= now:
        return "token_expired"
    return None
