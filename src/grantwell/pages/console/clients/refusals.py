"""What the server finds wrong with a client, in the words of whoever filled in the form."""

import re

from grantwell.pages.texts import Texts
from grantwell.sdk import APIStatusError

# What the server says of a field, and the text for it; the names in an expression are the values of the text.
KNOWN = (
    (re.compile(r"(?:is required|must not be empty)"), "clients.wrong_empty"),
    (re.compile(r"must be at most (?P<number>\d+) characters"), "clients.wrong_long"),
    (re.compile(r"must consist of printable characters|must not contain characters.*"), "clients.wrong_unseen"),
    (re.compile(r"must be an absolute http or https URI"), "clients.wrong_web"),
    (re.compile(r"must not contain user information"), "clients.wrong_user"),
    (re.compile(r"must be a subset of .*"), "clients.wrong_scopes"),
    (re.compile(r"must be at most (?P<number>\d+) URIs"), "clients.wrong_many"),
    (re.compile(r"must be one of confidential, public"), "clients.wrong_type"),
)
REDIRECT = re.compile(r"URI number (?P<number>\d+)(?: \((?P<uri>.*)\))? (?P<why>.*)")
WHY = (
    ("must use https", "clients.redirect_https"),
    ("must be an absolute", "clients.redirect_absolute"),
    ("must not have a fragment", "clients.redirect_fragment"),
    ("must name a host", "clients.redirect_host"),
    ("private-use schemes", "clients.redirect_private"),
    ("must not use this scheme", "clients.redirect_scheme"),
    ("must consist of printable ASCII", "clients.redirect_characters"),
)


def errors_of(error: APIStatusError, t: Texts) -> dict[str, str]:
    """Messages by field, as the answer's `errors` name them; those of no field under an empty name."""
    body = error.body if isinstance(error.body, dict) else {}
    found: dict[str, str] = {}
    for each in body.get("errors", ()):
        field = str(each.get("source", {}).get("pointer", "")).removeprefix("/")
        words = str(each.get("detail", "")).removeprefix(f"{field} ")
        # Of several mistakes in one field each is told: a list of URIs may have many.
        found[field] = f"{found[field]} {in_words(words, t)}" if field in found else in_words(words, t)
    return found


def in_words(said: str, t: Texts) -> str:
    """One message in the person's language; the server's own where there is no text for it."""
    redirect = REDIRECT.fullmatch(said)
    if redirect:
        which = redirect["uri"] or t("clients.wrong_line", number=redirect["number"])
        return t("clients.wrong_redirect", which=which, why=_why(redirect["why"], t))
    for pattern, key in KNOWN:
        if match := pattern.fullmatch(said):
            return t(key, **match.groupdict())
    return t("clients.wrong_other", words=said)


def _why(said: str, t: Texts) -> str:
    return next((t(key) for beginning, key in WHY if said.startswith(beginning)), t("clients.wrong_other", words=said))
