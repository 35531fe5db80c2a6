"""`ui_locales` of an authorization request (OpenID Connect Core 1.0 section 3.1.2.1): the languages of the pages."""

import re

# Of an address that leads on, and already holds a consent token, this much is left for it.
MAXIMUM_LENGTH = 128
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def read_ui_locales(value: str | None) -> str | None:
    """The tags (RFC 5646) that are ones, in their order, as far as they fit; None if there is none.

    Whatever else was sent is passed over: nobody may be kept from an answer by a language.
    """
    kept = ""
    for tag in (value or "").split(" "):
        longer = f"{kept} {tag}".strip()
        if _TAG.fullmatch(tag) and len(longer) <= MAXIMUM_LENGTH:
            kept = longer
    return kept or None
