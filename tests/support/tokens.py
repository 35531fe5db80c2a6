"""Compact tokens, taken apart and put together again by somebody who has no key."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from tests.support.actors import Json


def header_of(token: str) -> Json:
    return _read(token.split(".", maxsplit=1)[0])


def claims_of(token: str) -> Json:
    return _read(token.split(".")[1])


def reworded(
    token: str, *, header: Json | None = None, claims: Json | None = None, signature: str | None = None
) -> str:
    """The token with some of its words changed, and its signature left as it was unless one is given."""
    _, _, signed = token.split(".")
    parts = (header_of(token) | (header or {}), claims_of(token) | (claims or {}))
    return ".".join((*map(_write, parts), signed if signature is None else signature))


def _read(part: str) -> Json:
    found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(found, dict)
    return found


def _write(words: Json) -> str:
    return urlsafe_b64encode(json.dumps(words, separators=(",", ":")).encode()).rstrip(b"=").decode()
