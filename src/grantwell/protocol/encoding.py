"""base64url without padding (RFC 7515 section 2), strict on the way in."""

from binascii import a2b_base64, b2a_base64

_TO_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
_FROM_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")


def base64url(data: bytes) -> bytes:
    """Write bytes in `A-Z a-z 0-9 - _`."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL_ALPHABET)


def encode_base64url(data: bytes) -> str:
    """The same as text."""
    return base64url(data).decode("ascii")


def decode_base64url(text: str) -> bytes | None:
    """Read what `encode_base64url` wrote; None for anything else, other spellings of the same bytes included."""
    try:
        data = a2b_base64(text.encode("ascii").translate(_FROM_URL_ALPHABET) + b"==")
    except ValueError:  # characters beyond ASCII, or too few of them
        return None
    # The decoder skips foreign characters and stray bits: only the one canonical spelling counts.
    return data if encode_base64url(data) == text else None
