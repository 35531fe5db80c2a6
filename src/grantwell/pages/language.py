"""The language of a request: chosen by the person, else asked for by the app, else wanted by the browser."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from starlette.requests import HTTPConnection

from grantwell.pages.cookies import LANGUAGE, read_cookie
from grantwell.pages.site import site_of
from grantwell.pages.texts import Texts
from grantwell.pages.texts.negotiation import accepted, listed

FOUND = "grantwell.texts"
FIELDS = "grantwell.fields"


def texts_of(request: HTTPConnection) -> Texts:
    """The texts in the language of this request; it is found once."""
    found = request.scope.get(FOUND)
    if not isinstance(found, Texts):
        found = request.scope[FOUND] = site_of(request).catalogue.best(_wanted(request))
    return found


def asked_locales(request: HTTPConnection) -> str:
    """The `ui_locales` that came with this request, or with where it leads on to; empty if none did."""
    fields = {**request.query_params, **request.scope.get(FIELDS, {})}
    beyond = parse_qs(urlsplit(fields.get("return_to", "")).query).get("ui_locales", [""])[0]
    return str(fields.get("ui_locales") or beyond)


def remember_fields(request: HTTPConnection, fields: dict[str, str]) -> None:
    """Have the fields of a form that was posted count as the query does."""
    request.scope[FIELDS] = fields
    request.scope.pop(FOUND, None)


def _wanted(request: HTTPConnection) -> Iterator[str]:
    yield read_cookie(request, LANGUAGE)
    yield from listed(asked_locales(request))
    yield from accepted(request.headers.get("accept-language", ""))
