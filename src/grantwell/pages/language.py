"""The language of a request: chosen by the person, else asked for by the app, else wanted by the browser."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection

from grantwell.pages.cookies import LANGUAGE, read_cookie
from grantwell.pages.site import site_of
from grantwell.pages.texts import Texts
from grantwell.pages.texts.negotiation import accepted, listed

# Tags (RFC 5646) with blanks between them; the authorization endpoint passes on no more than this.
LOCALES = re.compile(r"[A-Za-z0-9 -]{1,128}")
FOUND = "grantwell.texts"
FIELDS = "grantwell.fields"


def texts_of(request: HTTPConnection) -> Texts:
    """The texts in the language of this request; it is found once."""
    found = request.scope.get(FOUND)
    if not isinstance(found, Texts):
        found = request.scope[FOUND] = site_of(request).catalogue.best(_wanted(request))
    return found


def asked_locales(request: HTTPConnection) -> str:
    """The `ui_locales` that came with this request, or with where it leads on to; empty if none did, or no tags."""
    fields = fields_of(request)
    asked = fields.get("ui_locales") or _query_of(fields.get("return_to", "")).get("ui_locales", "")
    return asked if LOCALES.fullmatch(asked) else ""


def _query_of(path: str) -> dict[str, str]:
    return dict(parse_qsl(path.partition("?")[2]))


def fields_of(request: HTTPConnection) -> dict[str, str]:
    """What the query says, and the form that was posted, if it was read."""
    return {**request.query_params, **request.scope.get(FIELDS, {})}


def remember_fields(request: HTTPConnection, fields: dict[str, str]) -> None:
    """Have the fields of a form that was posted count as the query does."""
    request.scope[FIELDS] = fields
    request.scope.pop(FOUND, None)


def _wanted(request: HTTPConnection) -> Iterator[str]:
    yield read_cookie(request, LANGUAGE)
    yield from listed(asked_locales(request))
    yield from accepted(request.headers.get("accept-language", ""))
