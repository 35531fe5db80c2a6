"""A page's route: who shows it, and who takes its form."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def page_at(path: str, *, get: Handler | None = None, post: Handler | None = None) -> Route:
    """A page: what shows it, and what takes its form. One route a path, so that a 405 names all its methods."""
    by_method = {"GET": get, "HEAD": get, "POST": post}

    async def answer(request: Request) -> Response:
        handler = by_method[request.method]
        assert handler is not None
        return await handler(request)

    return Route(path, answer, methods=[method for method, handler in by_method.items() if handler])
