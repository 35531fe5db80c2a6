"""What a client may say of itself (RFC 7591 section 2), however it says it: by registration or by management.

Every check answers with problems instead of raising, so that a caller hears of all of them at once, each by the name
of the field that it wrote.
"""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from grantwell.protocol.errors import Problem
from grantwell.protocol.records import GRANT_TYPE_NAMES
from grantwell.protocol.redirect_uri import refuse_redirect_uri, split

MAXIMUM_NAME = 255
MAXIMUM_URI = 2048
MAXIMUM_REDIRECT_URIS = 50
MAXIMUM_SCOPES = 200
# Printable by their category, and yet nothing is seen: fillers, blanks, joiners, selectors. The one that asks for a
# colourful picture (U+FE0F) may stand behind a picture.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
    "|(?<![^\\x00-\\x7f\\w\ufe0f])\ufe0f"
)


class FieldType(Struct, frozen=True):
    """What a JSON field must be: a Python type, and for lists of strings the kind of list."""

    type: type
    words: str


STRING = FieldType(str, "must be a string")
BOOLEAN = FieldType(bool, "must be true or false")
STRINGS = FieldType(list, "must be a list of strings")


def check_type(name: str, value: Any, field: FieldType) -> Iterable[Problem]:
    """Whether a value is of its field's type."""
    fits = isinstance(value, field.type)
    if fits and field is STRINGS:
        fits = all(isinstance(item, str) for item in value)
    if not fits:
        yield Problem(name, field.words)


def check_name(field: str, name: str) -> Iterable[Problem]:
    """A name is what a person sees: some text, one line, no invisible tricks."""
    if not name.strip():
        yield Problem(field, "must not be empty")
    elif len(name) > MAXIMUM_NAME:
        yield Problem(field, f"must be at most {MAXIMUM_NAME} characters")
    elif not name.isprintable():
        yield Problem(field, "must consist of printable characters")
    elif _UNSEEN.search(name):
        yield Problem(field, "must not contain characters that cannot be seen")


def check_uri(field: str, uri: str) -> Iterable[Problem]:
    """Logo, terms and policy are web addresses: a page will link to them."""
    parts = split(uri)
    printable = all("\x21" <= char <= "\x7e" and char not in '"<>\\' for char in uri)
    if not printable or parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        yield Problem(field, "must be an absolute http or https URI")
    elif "@" in parts.netloc:
        yield Problem(field, "must not contain user information")
    elif len(uri) > MAXIMUM_URI:
        yield Problem(field, f"must be at most {MAXIMUM_URI} characters")


def check_scopes(field: str, scopes: tuple[str, ...], known: tuple[str, ...]) -> Iterable[Problem]:
    """Scopes are of the catalogue, or of what the caller itself has."""
    if len(scopes) > MAXIMUM_SCOPES or len(set(scopes)) != len(scopes):
        yield Problem(field, "must not name a scope twice")
    elif not set(scopes) <= set(known):
        yield Problem(field, f"must be a subset of {', '.join(known)}")


def check_grant_types(field: str, grant_types: tuple[str, ...]) -> Iterable[Problem]:
    """Grant types are those that this server knows, each once."""
    if not set(grant_types) <= set(GRANT_TYPE_NAMES) or len(set(grant_types)) != len(grant_types):
        yield Problem(field, f"must be of {', '.join(GRANT_TYPE_NAMES)}, each at most once")


def check_redirect_uris(field: str, uris: tuple[str, ...], client_type: str) -> Iterable[Problem]:
    """Each refused URI is named with its reason; its place in the list stands for it when it cannot be repeated."""
    if len(uris) > MAXIMUM_REDIRECT_URIS:
        yield Problem(field, f"must be at most {MAXIMUM_REDIRECT_URIS} URIs")
    for number, uri in enumerate(uris[:MAXIMUM_REDIRECT_URIS]):
        refusal = refuse_redirect_uri(uri, client_type)
        if refusal is not None:
            yield Problem(field, f"URI number {number + 1}{_shown(uri)} {refusal}")


def _shown(uri: str) -> str:
    """The URI, where repeating it is harmless in every place that an error text reaches."""
    harmless = len(uri) <= 200 and all("\x21" <= char <= "\x7e" and char not in '"<>\\&' for char in uri)
    return f" ({uri})" if harmless and uri else ""
