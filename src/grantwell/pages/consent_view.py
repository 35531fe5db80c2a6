"""What the consent page says, made of what the server tells: who asks, for what, and where the answer goes."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from grantwell.pages.texts import Texts
from grantwell.sdk.types import Consent

LOGO = re.compile(r"(?P<origin>https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?)/[!-~]*")

# The words of the one scope that there is where the operator has not said which there are.
OUR_WORDS = {
    "Administration": "consent.scope_admin",
    "Manage the clients of your organization": "consent.scope_admin_what",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer goes. `kind` is `web`, `loopback` (a program on this computer) or `app` (a private scheme)."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class AskedScope:
    """One thing that is asked for; `new` if the person has allowed others before, but not this one."""

    name: str
    description: str
    new: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the client's; `kind` is `terms` or `privacy`."""

    kind: str
    href: str
    host: str


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture of the client's, and where it is loaded from."""

    href: str
    origin: str


@dataclass(frozen=True, slots=True)
class ConsentView:
    """All that the page shows. `standing` is `verified`, `own` (of the person's organization) or `stranger`."""

    name: str
    initial: str
    logo: Logo | None
    client_id: str
    standing: str
    destination: Destination
    resource: str
    scopes: tuple[AskedScope, ...]
    asked_before: bool
    links: tuple[Link, ...]


def view_of(consent: Consent, issuer: str, t: Texts) -> ConsentView:
    """The view of a consent, in the language of `t`. `resource` is empty where it is this server itself."""
    name = consent.name or consent.client_id or t("consent.an_app")
    asked = [scope.id for scope in consent.requested_scopes or []]
    # Without word from the server all count as new.
    new = [scope for scope in asked if scope in consent.extra.get("new_scopes", asked)]
    resource = str(consent.extra.get("resource") or "")
    return ConsentView(
        name,
        initial_of(name),
        logo_of(consent),
        consent.client_id or "",
        "verified" if consent.verified is True else "own" if consent.extra.get("first_party") is True else "stranger",
        destination_of(consent.redirect_uri or "", loopback=consent.extra.get("loopback") is True),
        "" if resource.rstrip("/") == issuer else resource,
        asked_scopes(consent, new if len(new) < len(asked) else [], t),
        not new,
        web_links(consent.tos_uri, consent.policy_uri),
    )


def initial_of(name: str) -> str:
    """The letter that stands for a name."""
    return next((each.upper() for each in name if each.isalnum()), "?")


def logo_of(consent: Consent) -> Logo | None:
    """The logo of a client that the operator vouches for; of any other an initial has to do.

    To load it tells whoever serves it who looks at this page, from where and when; and a stranger could show anybody's.
    Its origin goes into the page's policy, so it consists of nothing that means something there.
    """
    href = consent.logo_uri or ""
    found = LOGO.fullmatch(href) if consent.verified is True else None
    return Logo(href, found["origin"]) if found else None


def asked_scopes(consent: Consent, new: list[str | None], t: Texts) -> tuple[AskedScope, ...]:
    """The scopes in words, those of `new` marked. The operator may have words for this language."""
    return tuple(
        AskedScope(*scope_in_words(scope.id or "", scope.name, scope.description, t), scope.id in new)
        for scope in consent.requested_scopes or []
    )


def scope_in_words(scope: str, name: str | None, description: str | None, t: Texts) -> tuple[str, str]:
    """Name and description of a scope; where the operator or we have words for this language, in those."""
    return (
        t.get(f"scopes.{scope}.name") or translated(name, t) or scope,
        t.get(f"scopes.{scope}.description") or translated(description, t),
    )


def translated(words: str | None, t: Texts) -> str:
    """Words of a scope; those that are ours, in the language of `t`."""
    return t(OUR_WORDS[words]) if words in OUR_WORDS else words or ""


def destination_of(redirect_uri: str, *, loopback: bool) -> Destination:
    """Host and port of a web address; of other URIs the scheme, for whatever follows it proves nothing."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https"):
        return Destination("app", f"{parts.scheme}:")
    return Destination("loopback" if loopback else "web", parts.netloc)


def web_links(tos_uri: str | None, policy_uri: str | None) -> tuple[Link, ...]:
    """Terms and policy, where they are web addresses: anything else would run or open something."""
    offered = (("terms", tos_uri), ("privacy", policy_uri))
    return tuple(
        Link(kind, href, urlsplit(href).netloc)
        for kind, href in offered
        if href and urlsplit(href).scheme in ("http", "https")
    )
