"""Where to go after signing in: one of our own paths, and nothing that a browser could take for another site."""

from urllib.parse import urlencode

MAXIMUM_LENGTH = 8192
START_PAGE = "/"


def own_path(value: str | None) -> str:
    """The path, if it is one of ours as every browser reads it; else the start page.

    Browsers take a backslash for a slash and drop tabs and line breaks, so that a slash and one of these lead to
    another site.
    """
    if not value or len(value) > MAXIMUM_LENGTH or not value.startswith("/") or value.startswith("//"):
        return START_PAGE
    if any(not "\x21" <= each <= "\x7e" or each == "\\" for each in value):
        return START_PAGE
    return value


def with_return_to(path: str, return_to: str) -> str:
    """A path of ours that leads on to another one."""
    return path if return_to == START_PAGE else f"{path}?{urlencode({'return_to': return_to})}"


def with_parameter(address: str, return_to: str) -> str:
    """An address of somebody else's that is told the way back to us; it may have a query of its own."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'return_to': return_to})}"
