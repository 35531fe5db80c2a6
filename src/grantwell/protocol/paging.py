"""Pages of a list: what may be asked, and what an answer says of itself.

SDKs find the next page by `page_number` and `total_pages`.
"""

from collections.abc import Mapping

from msgspec import Struct

from grantwell.protocol.errors import InvalidRequest, Problem

MAXIMUM_SIZE = 100
MAXIMUM_NUMBER = 1_000_000_000


class PageRequest(Struct, frozen=True):
    """Which page: `number` from 1, `size` from 1 to 100."""

    number: int = 1
    size: int = 20

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.size


class PaginationMeta(Struct, frozen=True):
    """The `meta` of every list."""

    page_number: int
    page_size: int
    total_pages: int
    total_results: int


def read_page(parameters: Mapping[str, str]) -> PageRequest:
    """Read `page[number]` and `page[size]`. Raises InvalidRequest for anything but a number in range."""
    number = _number(parameters, "page[number]", 1, MAXIMUM_NUMBER)
    return PageRequest(number, _number(parameters, "page[size]", 20, MAXIMUM_SIZE))


def pagination_meta(page: PageRequest, total: int) -> PaginationMeta:
    """The `meta` of a page of `total` results; past the end it still echoes the page that was asked for."""
    return PaginationMeta(page.number, page.size, -(-total // page.size), total)


def _number(parameters: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= maximum:
        return int(text)
    problem = Problem(name, f"must be a whole number from 1 to {maximum}")
    raise InvalidRequest(f"{name} {problem.message}", reason="page_out_of_range", problems=(problem,))
