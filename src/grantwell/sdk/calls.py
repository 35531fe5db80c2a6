"""One definition of an operation for four kinds of caller.

An operation is a method that returns the `Request` it stands for; `@operation` makes calling it send that request. What
comes of it is up to whom it is called on: the result (`Blocking`), a coroutine of it (`Awaiting`), or either with the
answer as it came (`BlockingRaw`, `AwaitingRaw`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, overload

from grantwell.sdk.pagination import AsyncPage, AsyncPages, Listed, Page, Sends, SendsAsync, as_async_page, as_page
from grantwell.sdk.raw_response import AsyncRawResponse, RawResponse

if TYPE_CHECKING:
    from grantwell.sdk.requests import Request

P = ParamSpec("P")
T = TypeVar("T")
AsyncRawPages: TypeAlias = Callable[P, Coroutine[Any, Any, AsyncRawResponse[AsyncPage[T]]]]


class Blocking:
    """Calls return results."""

    def __init__(self, connection: Sends) -> None:
        self._connection = connection

    def _call(self, request: Request[T]) -> T:
        return self._connection.send(request).parse()

    def _list(self, request: Request[Listed[T]]) -> Page[T]:
        return self._call(as_page(request, self._connection))


class Awaiting:
    """Calls return coroutines of results."""

    def __init__(self, connection: SendsAsync) -> None:
        self._connection = connection

    async def _call(self, request: Request[T]) -> T:
        return (await self._connection.send(request)).parse()

    def _list(self, request: Request[Listed[T]]) -> AsyncPages[T]:
        return AsyncPages(self._connection, request)


class BlockingRaw:
    """Calls return answers as they came."""

    def __init__(self, connection: Sends) -> None:
        self._connection = connection

    def _call(self, request: Request[T]) -> RawResponse[T]:
        return self._connection.send(request)

    def _list(self, request: Request[Listed[T]]) -> RawResponse[Page[T]]:
        return self._call(as_page(request, self._connection))


class AwaitingRaw:
    """Calls return coroutines of answers as they came."""

    def __init__(self, connection: SendsAsync) -> None:
        self._connection = connection

    async def _call(self, request: Request[T]) -> AsyncRawResponse[T]:
        raw = await self._connection.send(request)
        return AsyncRawResponse(request, raw.http_response, raw.retries_taken)

    def _list(self, request: Request[Listed[T]]) -> Coroutine[Any, Any, AsyncRawResponse[AsyncPage[T]]]:
        return self._call(as_async_page(request, self._connection))


class operation(Generic[P, T]):  # noqa: N801 -- a decorator
    """Makes a method that returns a request one that sends it. Arguments, types and docstring stay the method's."""

    def __init__(self, build: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def request(self, *args: P.args, **kwargs: P.kwargs) -> Request[T]:
        """The request alone, as in `OAuthOperations.token.request(...)`; sends nothing."""
        return self._build(None, *args, **kwargs)

    @overload
    def __get__(self, caller: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, caller: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, caller: BlockingRaw, owner: type) -> Callable[P, RawResponse[T]]: ...
    @overload
    def __get__(self, caller: AwaitingRaw, owner: type) -> Callable[P, Coroutine[Any, Any, AsyncRawResponse[T]]]: ...
    @overload
    def __get__(self, caller: None, owner: type) -> operation[P, T]: ...

    def __get__(self, caller: Any, owner: type) -> Any:
        return self if caller is None else bound(self._build, caller, caller._call)


class listing(Generic[P, T]):  # noqa: N801 -- a decorator
    """The same for operations that return a page of a list."""

    def __init__(self, build: Callable[Concatenate[Any, P], Request[Listed[T]]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, caller: Blocking, owner: type) -> Callable[P, Page[T]]: ...
    @overload
    def __get__(self, caller: Awaiting, owner: type) -> Callable[P, AsyncPages[T]]: ...
    @overload
    def __get__(self, caller: BlockingRaw, owner: type) -> Callable[P, RawResponse[Page[T]]]: ...
    @overload
    def __get__(self, caller: AwaitingRaw, owner: type) -> AsyncRawPages[P, T]: ...
    @overload
    def __get__(self, caller: None, owner: type) -> listing[P, T]: ...

    def __get__(self, caller: Any, owner: type) -> Any:
        return self if caller is None else bound(self._build, caller, caller._list)


def bound(build: Callable[..., Any], caller: object, act: Callable[[Any], Any]) -> Callable[..., Any]:
    """What `caller.method` is: it builds the request and acts on it."""

    @wraps(build.__get__(caller))
    def call(*args: Any, **kwargs: Any) -> Any:
        return act(build(caller, *args, **kwargs))

    return call
