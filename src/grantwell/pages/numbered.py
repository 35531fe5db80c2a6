"""Lists by numbered pages: which one an address asks for."""

from starlette.requests import Request

MAXIMUM = 1_000_000_000


def number_of(request: Request) -> int:
    """The number in `page`; the first where there is none, or none that could be."""
    text = request.query_params.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= MAXIMUM else 1
