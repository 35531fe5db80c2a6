"""The foot of every page: the operator's links, and the choice of language."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import HTTPConnection

from grantwell.pages.language import fields_of, texts_of
from grantwell.pages.return_to import START_PAGE, own_path
from grantwell.pages.site import site_of

PATH = "/language"
CONSENT_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,8192}")
# Pages that answer to a form under the address at which they are shown as well.
FORMS = ("/sign-in", "/consent")


@dataclass(frozen=True, slots=True)
class Language:
    """A language to choose; without an address it is the one that the page has."""

    tag: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Footer:
    """What stands at the foot. `links` are pairs of kind and address."""

    links: tuple[tuple[str, str], ...]
    languages: tuple[Language, ...]


def footer_of(request: HTTPConnection) -> Footer:
    """The foot of the page that answers a request. Where there is no way back, there is no choice of language."""
    site = site_of(request)
    back = _way_back(request)
    languages = tuple(_language(request, tag, back) for tag in site.catalogue.languages) if back else ()
    return Footer(tuple((kind, href) for kind, href in site.brand.links.items() if href), languages)


def _language(request: HTTPConnection, tag: str, back: str) -> Language:
    name = site_of(request).catalogue[tag]("language.name")
    chosen = texts_of(request).language == tag
    return Language(tag, name, "" if chosen else f"{PATH}?{urlencode({'language': tag, 'return_to': back})}")


def _way_back(request: HTTPConnection) -> str:
    path = str(request.scope.get("path", ""))
    if request.scope.get("method") not in ("GET", "HEAD") and path not in FORMS:
        return ""
    # Only these stand in a link back: other parameters may be secrets of a client's, or what is done only once.
    fields = fields_of(request)
    token, return_to = fields.get("consent_token", ""), own_path(fields.get("return_to"))
    carried = ({"consent_token": token} if CONSENT_TOKEN.fullmatch(token) else {}) | (
        {"return_to": return_to} if return_to != START_PAGE else {}
    )
    return f"{path}?{urlencode(carried)}" if path and carried else path
