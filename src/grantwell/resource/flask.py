"""For Flask: a decorator that admits a request by its token, which is `g.access_token` then."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, request

from grantwell.resource.answers import HttpAnswer, metadata_answer, metadata_paths, refusal_answer
from grantwell.resource.bearer import read_bearer
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

View = TypeVar("View", bound=Callable[..., Any])


class TokenRequired:
    """The decorator `@token_required("orders:read")`; its arguments are the scopes that a view needs."""

    def __init__(self, resource: ProtectedResource) -> None:
        self._resource = resource

    def __call__(self, *scopes: str) -> Callable[[View], View]:
        """The decorator of one view."""

        def decorate(view: View) -> View:
            @wraps(view)
            def protected(*args: Any, **kwargs: Any) -> Any:
                g.access_token = self._admit(scopes)
                return current_app.ensure_sync(view)(*args, **kwargs)

            return cast("View", protected)

        return decorate

    def _admit(self, scopes: tuple[str, ...]) -> Any:
        try:
            query = request.query_string.decode("latin-1")
            return self._resource.verify(read_bearer(request.headers.getlist("Authorization"), query), scopes)
        except TokenRefused as refusal:
            abort(_response(refusal_answer(self._resource, refusal)))


def protect(app: Flask, resource: ProtectedResource) -> TokenRequired:
    """Serve the metadata of a protected resource; the decorator that its views want."""
    answer = metadata_answer(resource)
    for path in metadata_paths(resource):
        app.add_url_rule(path, path, lambda: _response(answer), strict_slashes=False)
    return TokenRequired(resource)


def _response(answer: HttpAnswer) -> Response:
    return Response(answer.body, answer.status, answer.headers, mimetype="application/json")
