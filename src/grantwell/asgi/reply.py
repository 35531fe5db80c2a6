"""Replies as bytes."""

from functools import lru_cache

import msgspec

from grantwell.asgi.exchange import Header, lines_of
from grantwell.protocol.outcome import Reply

_encode = msgspec.json.Encoder().encode


def encode_body(reply: Reply) -> bytes:
    """The body: JSON for values, bytes as they are."""
    body = reply.body
    if body is None:
        return b""
    return body if isinstance(body, bytes) else _encode(body)


@lru_cache(maxsize=256)
def encode_lines(headers: tuple[tuple[str, str], ...], content_type: str, cors: bool) -> bytes:
    """The same as they go out. Remembered, since nearly every reply has one of a few sets. Raises ValueError."""
    return lines_of(encode_headers(headers, content_type, cors))


def encode_headers(headers: tuple[tuple[str, str], ...], content_type: str, cors: bool) -> tuple[Header, ...]:
    """The headers that do not depend on the body."""
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    encoded.append((b"x-content-type-options", b"nosniff"))
    if content_type:
        encoded.append((b"content-type", content_type.encode("latin-1")))
    if cors:
        encoded.append((b"access-control-allow-origin", b"*"))
        encoded.append((b"access-control-expose-headers", b"WWW-Authenticate, Retry-After, X-Request-Id"))
    return tuple(encoded)
