"""Lists come a page at a time; a page iterates over its items and those of all pages that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from grantwell.sdk.decoding import UnexpectedShape, decoded_by, decoder_for, list_decoder
from grantwell.sdk.responses import json_of
from grantwell.sdk.types import PaginationMeta

if TYPE_CHECKING:
    import httpx

    from grantwell.sdk.raw_response import RawResponse
    from grantwell.sdk.requests import Request
    from grantwell.sdk.settings import Settings

T = TypeVar("T")

PAGE_NUMBER = "page[number]"


class Sends(Protocol):
    """Sends a request and waits for its answer, trying again as told."""

    @property
    def settings(self) -> Settings: ...

    def send(self, request: Request[T], /) -> RawResponse[T]: ...


class SendsAsync(Protocol):
    """The same without blocking."""

    @property
    def settings(self) -> Settings: ...

    async def send(self, request: Request[T], /) -> RawResponse[T]: ...


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The body of a list: the items of one page, and where it stands in the list."""

    data: list[T]
    meta: PaginationMeta | None


def as_listed(kind: type[T]) -> Callable[[httpx.Response], Listed[T]]:
    """Reads the answer as a page of these. `data` that is missing or null is an empty page."""
    shape: Any = kind
    items = list_decoder(decoder_for(shape))
    where_it_stands = decoder_for(PaginationMeta | None)

    def read(response: httpx.Response) -> Listed[T]:
        body = json_of(response)
        if not isinstance(body, dict):
            raise UnexpectedShape("an object", body).within("answer")
        data = decoded_by(items, body.get("data") or [], "answer.data")
        return Listed(data, decoded_by(where_it_stands, body.get("meta"), "answer.meta"))

    return read


def next_request(request: Request[Listed[T]], listed: Listed[T]) -> Request[Listed[T]] | None:
    """The request for the page after this one; None after the last one.

    The list ends with an empty page, or with the one that `total_pages` counts. The number comes from the request where
    the answer's own would lead backwards, so that no server can keep a client going in circles.
    """
    asked = {**request.query, **request.options.get("extra_query", {})}.get(PAGE_NUMBER)
    number = int(str(asked)) if asked is not None else 1
    meta = listed.meta or PaginationMeta()
    number = max(meta.page_number or 1, number)
    if not listed.data or (meta.total_pages is not None and number >= meta.total_pages):
        return None
    return request.with_query(**{PAGE_NUMBER: number + 1})


@dataclass(frozen=True, slots=True)
class AnyPage(Generic[T]):
    """What both kinds of page share."""

    data: list[T]
    meta: PaginationMeta | None
    _request: Request[Listed[T]] = field(repr=False, compare=False)

    def has_next_page(self) -> bool:
        """Whether there is a page after this one."""
        return self._next_request() is not None

    def _next_request(self) -> Request[Listed[T]] | None:
        return next_request(self._request, Listed(self.data, self.meta))


@dataclass(frozen=True, slots=True)
class Page(AnyPage[T]):
    """A page of a list. Iterating over it gives the items of all pages from this one on, fetched as they are needed."""

    _connection: Sends = field(repr=False, compare=False)

    def get_next_page(self) -> Page[T]:
        """The page after this one.

        Raises:
            IndexError: there is none; ask `has_next_page()`.
            APIError: it could not be had.
        """
        request = self._next_request()
        if request is None:
            raise IndexError("this is the last page")
        return self._connection.send(as_page(request, self._connection)).parse()

    def iter_pages(self) -> Iterator[Page[T]]:
        """This page and those that follow."""
        page = self
        yield page
        while page.has_next_page():
            page = page.get_next_page()
            yield page

    def __iter__(self) -> Iterator[T]:
        for page in self.iter_pages():
            yield from page.data


@dataclass(frozen=True, slots=True)
class AsyncPage(AnyPage[T]):
    """A page of a list. `async for` gives the items of all pages from this one on, fetched as they are needed."""

    _connection: SendsAsync = field(repr=False, compare=False)

    async def get_next_page(self) -> AsyncPage[T]:
        """The page after this one.

        Raises:
            IndexError: there is none; ask `has_next_page()`.
            APIError: it could not be had.
        """
        request = self._next_request()
        if request is None:
            raise IndexError("this is the last page")
        return (await self._connection.send(as_async_page(request, self._connection))).parse()

    async def iter_pages(self) -> AsyncIterator[AsyncPage[T]]:
        """This page and those that follow."""
        page = self
        yield page
        while page.has_next_page():
            page = await page.get_next_page()
            yield page

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.iter_pages():
            for item in page.data:
                yield item


class AsyncPages(Generic[T]):
    """A list that nobody has asked for yet: `await` it for its first page, or go through all of it with `async for`."""

    def __init__(self, connection: SendsAsync, request: Request[Listed[T]]) -> None:
        self._connection = connection
        self._request = request

    def __await__(self) -> Generator[Any, None, AsyncPage[T]]:
        return self._fetch().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self._fetch():
            yield item

    async def _fetch(self) -> AsyncPage[T]:
        return (await self._connection.send(as_async_page(self._request, self._connection))).parse()


def as_page(request: Request[Listed[T]], connection: Sends) -> Request[Page[T]]:
    """The request, read as a page that knows how to fetch the next."""

    def read(response: httpx.Response) -> Page[T]:
        listed = request.read(response)
        return Page(listed.data, listed.meta, request, connection)

    return request.read_by(read)


def as_async_page(request: Request[Listed[T]], connection: SendsAsync) -> Request[AsyncPage[T]]:
    """The request, read as a page that knows how to fetch the next."""

    def read(response: httpx.Response) -> AsyncPage[T]:
        listed = request.read(response)
        return AsyncPage(listed.data, listed.meta, request, connection)

    return request.read_by(read)
