"""Settings of how the pages look: their form. Whether a colour can be read, and a text be used, the pages know.

Each reader answers with the value, or raises ValueError with words that go on after the setting's name.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grantwell.protocol.redirect_uri import split
from grantwell.protocol.resource import is_resource

LONGEST_NAME = 60
NAME = f"text of 1 to {LONGEST_NAME} characters"
FILE = "the path of a file"
COLOR = "a colour, as in #1f5f4b"
LINK = "the address of a page, as in https://example.com/privacy"
LINK_OR_MAIL = "the address of a page, or mailto: and an email address"
_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MAIL = re.compile(r"mailto:[^\s@?&]+@[^\s@?&]+")


def read_name(value: object) -> str:
    """A name that fits into the head of a page, in one line."""
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value.strip()) <= LONGEST_NAME:
        raise ValueError(f"must be {NAME}, in one line")
    return value.strip()


def read_file(value: object) -> Path:
    """A file that is there."""
    if not isinstance(value, str | Path):
        raise ValueError(f"must be {FILE}")
    path = Path(value).expanduser()
    if not path.is_file():
        raise ValueError(f"must be {FILE}, and {path} is none")
    return path.absolute()


def read_color(value: object) -> str:
    """A colour in hexadecimal, as six digits; three stand for each one twice."""
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise ValueError(f"must be {COLOR}")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def read_link(value: object) -> str:
    """The absolute address of a page, which people follow."""
    parts = split(value) if isinstance(value, str) and is_resource(value) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"must be {LINK}")
    return parts.geturl()


def read_link_or_mail(value: object) -> str:
    """The same, or an email address to write to."""
    if isinstance(value, str) and _MAIL.fullmatch(value):
        return value
    try:
        return read_link(value)
    except ValueError:
        raise ValueError(f"must be {LINK_OR_MAIL}") from None


READERS: Mapping[str, Callable[[object], Any]] = {
    "site_name": read_name,
    "logo": read_file,
    "accent_color": read_color,
    "accent_color_dark": read_color,
    "pages_texts": read_file,
    "support_url": read_link_or_mail,
    "privacy_url": read_link,
    "imprint_url": read_link,
}
FORMS: Mapping[str, str] = {
    "site_name": NAME,
    "logo": FILE,
    "accent_color": COLOR,
    "accent_color_dark": COLOR,
    "pages_texts": FILE,
    "support_url": LINK_OR_MAIL,
    "privacy_url": LINK,
    "imprint_url": LINK,
}
