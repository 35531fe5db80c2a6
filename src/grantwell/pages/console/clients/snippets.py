"""How to use a client, ready to run: with curl, Python, Node and Go, for itself and for a person.

A client's redirect URI is its owner's text, and a snippet is run by whoever copies it: every value is a literal of
the snippet's language.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from grantwell.sdk.types import OAuthClient

LANGUAGES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("curl", "curl", shlex.quote),
    ("python", "Python", json.dumps),
    ("node", "Node", json.dumps),
    ("go", "Go", json.dumps),
)
# Which snippets a grant type has, and the key of what they are for.
USES = (("client_credentials", "itself"), ("authorization_code", "person"))
CALLBACK = "http://127.0.0.1/callback"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One program. `language` is its name."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use a client, told in every language; the text for it is `clients.use_<key>`."""

    key: str
    snippets: tuple[Snippet, ...]


class _Snippet(Template):
    """`@@name` is a value; the usual dollar means something in a shell."""

    delimiter = "@@"


@cache
def _template(use: str, language: str) -> _Snippet:
    name = f"{use}.{language}.txt"
    return _Snippet(files("grantwell.pages").joinpath("snippets", name).read_text("utf-8"))


def uses_of(client: OAuthClient, issuer: str) -> tuple[Use, ...]:
    """The ways in which this client may be used. A public one has nothing to act for itself with."""
    allowed = set(client.allowed_grant_types or ())
    if client.client_type == "public":
        allowed.discard("client_credentials")
    return tuple(Use(key, _snippets(grant_type, client, issuer)) for grant_type, key in USES if grant_type in allowed)


def _snippets(grant_type: str, client: OAuthClient, issuer: str) -> tuple[Snippet, ...]:
    kind = grant_type if client.client_type == "confidential" else f"{grant_type}_public"
    values = {
        "issuer": issuer,
        "base": f"{issuer}/v2",
        "client_id": client.client_id,
        "redirect_uri": next(iter(client.redirect_uris or ()), CALLBACK),
        "scope": " ".join(client.allowed_scopes or ()),
    }
    return tuple(
        Snippet(name, _template(kind, language).substitute({key: literal(each) for key, each in values.items()}))
        for language, name, literal in LANGUAGES
    )
