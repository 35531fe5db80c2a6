"""Tokens that a form carries, so that nobody else's page can send it: a MAC under a cookie that only we can read.

The cookie's value is the key, so nothing is stored and any process can check. Each token is salted: a page that is
compressed on its way tells nothing about the next one.
"""

import hmac
import secrets

SALT_BYTES = 12


def make_form_token(cookie: str, form: str) -> str:
    """A token for one form, named by its path, for whoever holds the cookie."""
    salt = secrets.token_urlsafe(SALT_BYTES)
    return f"{salt}.{_mac(cookie, form, salt)}"


def fits_form_token(token: str, cookie: str, form: str) -> bool:
    """Whether the token was made for this form and cookie."""
    salt, _, mac = token.partition(".")
    return bool(cookie) and hmac.compare_digest(mac.encode(), _mac(cookie, form, salt).encode())


def _mac(cookie: str, form: str, salt: str) -> str:
    return hmac.digest(cookie.encode(), f"grantwell form {form} {salt}".encode(), "sha256").hex()
