"""For Django: a decorator that admits a request by its token, which is `request.access_token` then."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path as url_of

from grantwell.resource.answers import HttpAnswer, metadata_answer, metadata_paths, refusal_answer
from grantwell.resource.bearer import read_bearer
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

View = Callable[..., Any]


def token_required(resource: ProtectedResource, *scopes: str) -> Callable[[View], View]:
    """The decorator of a view, blocking or not, that needs a token with these scopes."""

    def decorate(view: View) -> View:
        @wraps(view)
        def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                request.access_token = resource.verify(_bearer_of(request), scopes)
            except TokenRefused as refusal:
                return _response(refusal_answer(resource, refusal))
            return view(request, *args, **kwargs)

        @wraps(view)
        async def protected_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                request.access_token = await resource.verify_async(_bearer_of(request), scopes)
            except TokenRefused as refusal:
                return _response(refusal_answer(resource, refusal))
            return await view(request, *args, **kwargs)

        return protected_async if iscoroutinefunction(view) else protected

    return decorate


def metadata_urls(resource: ProtectedResource) -> list[Any]:
    """The addresses of its metadata, for `urlpatterns`."""

    def view(_request: HttpRequest) -> HttpResponse:
        return _response(metadata_answer(resource))

    return [
        url_of(f"{each.removeprefix('/')}{slash}", view) for each in metadata_paths(resource) for slash in ("", "/")
    ]


def _bearer_of(request: HttpRequest) -> str:
    # WSGI joins repeated headers by a comma, which no token holds: such a one is refused as malformed.
    header = request.headers.get("Authorization")
    return read_bearer([] if header is None else [header], request.META.get("QUERY_STRING", ""))


def _response(answer: HttpAnswer) -> HttpResponse:
    return HttpResponse(answer.body, "application/json", answer.status, headers=dict(answer.headers))
