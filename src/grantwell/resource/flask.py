"""For Flask: a decorator that admits a request by its token, which is `g.access_token` then."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, abort, g, request

from grantwell.resource.answers import HttpAnswer, metadata_answer, metadata_paths, refusal_answer
from grantwell.resource.bearer import read_bearer
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

P = ParamSpec("P")
R = TypeVar("R")
Decorator = Callable[[Callable[P, R]], Callable[P, R]]


def protect(app: Flask, resource: ProtectedResource) -> Callable[..., Decorator[P, R]]:
    """Serve the metadata of a protected resource; the decorator of its views, whose arguments are scopes."""
    for path in metadata_paths(resource):
        app.add_url_rule(path, path, lambda: _response(metadata_answer(resource)), strict_slashes=False)

    def token_required(*scopes: str) -> Decorator[P, R]:
        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            @wraps(view)
            def protected(*args: P.args, **kwargs: P.kwargs) -> R:
                try:
                    bearer = read_bearer(
                        request.headers.getlist("Authorization"), request.query_string.decode("latin-1")
                    )
                    g.access_token = resource.verify(bearer, scopes)
                except TokenRefused as refusal:
                    abort(_response(refusal_answer(resource, refusal)))
                answer: R = app.ensure_sync(view)(*args, **kwargs)
                return answer

            return protected

        return decorate

    return token_required


def _response(answer: HttpAnswer) -> Response:
    return Response(answer.body, answer.status, answer.headers, mimetype="application/json")
