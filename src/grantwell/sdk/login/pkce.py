"""Proof Key for Code Exchange, the client's half (RFC 7636)."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256


def new_code_verifier() -> str:
    """A secret of 256 random bits in 43 characters (section 4.1)."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier: str) -> str:
    """What the server is shown of the secret at first: its S256 transformation (section 4.2)."""
    return urlsafe_b64encode(sha256(code_verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")
