"""Proof Key for Code Exchange (RFC 7636)."""

from hashlib import sha256
from hmac import compare_digest
from string import ascii_letters, digits

from grantwell.protocol.encoding import encode_base64url
from grantwell.protocol.errors import InvalidGrant, InvalidRequest
from grantwell.protocol.records import Client

_UNRESERVED = frozenset(ascii_letters + digits + "-._~")


def is_verifier(text: str) -> bool:
    """43 to 128 unreserved characters (RFC 7636 section 4.1); a challenge looks the same (4.2)."""
    return 43 <= len(text) <= 128 and _UNRESERVED.issuperset(text)


def challenge_of(verifier: str, method: str) -> str:
    """Transform a verifier (RFC 7636 section 4.2)."""
    return verifier if method == "plain" else encode_base64url(sha256(verifier.encode("ascii")).digest())


def requires_pkce(client: Client) -> bool:
    """Public and self-registered clients always; confidential ones as they were set up."""
    return client.client_type == "public" or client.origin == "registration" or client.require_pkce


def accept_challenge(
    client: Client, challenge: str | None, method: str | None, *, allow_plain: bool
) -> tuple[str, str] | None:
    """The challenge and its method at the authorization endpoint (RFC 7636 section 4.3). Raises InvalidRequest."""
    if challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge_method without code_challenge", reason="pkce_challenge_missing")
        if requires_pkce(client):
            raise InvalidRequest("this client must send a code_challenge", reason="pkce_required")
        return None
    # A challenge without a method means plain, so forgetting the method must not weaken anything silently.
    method = method or "plain"
    if method not in ("S256", "plain"):
        raise InvalidRequest("code_challenge_method must be S256", reason="pkce_method_unknown")
    if method == "plain" and not allow_plain:
        raise InvalidRequest("code_challenge_method must be S256", reason="pkce_plain_refused")
    if not is_verifier(challenge) or (method == "S256" and len(challenge) != 43):
        raise InvalidRequest("code_challenge is malformed", reason="pkce_challenge_malformed")
    return challenge, method


def verify_code_verifier(verifier: str | None, challenge: str | None, method: str | None) -> None:
    """Compare at the token endpoint, in constant time (RFC 7636 section 4.6). Raises InvalidGrant."""
    if challenge is None:
        # A verifier out of nowhere means that somebody took the challenge away (RFC 9700 section 4.8.2).
        if verifier is not None:
            raise InvalidGrant("code_verifier without a code_challenge", reason="pkce_downgrade")
        return
    if verifier is None:
        raise InvalidGrant("code_verifier is missing", reason="pkce_verifier_missing")
    if not is_verifier(verifier):
        raise InvalidGrant("code_verifier is malformed", reason="pkce_verifier_malformed")
    if not compare_digest(challenge_of(verifier, method or "plain"), challenge):
        raise InvalidGrant("code_verifier does not match the code_challenge", reason="pkce_mismatch")
