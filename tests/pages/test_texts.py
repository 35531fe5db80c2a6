"""The catalogue of texts: complete in every language, every text in use, and no other words in a page."""

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from tests.pages.texts_in_use import PAGES, Use, uses

from grantwell.pages.rendering import environment
from grantwell.pages.texts.catalogue import SHIPPED, shipped_texts

ENGLISH = shipped_texts()["en"]
TEMPLATES = sorted(PAGES.glob("templates/**/*.html"))
ASKED_BY_THE_CATALOGUE = {"language.name", "language.thousands"}
READ_ALOUD = ("alt", "aria-description", "aria-label", "placeholder", "title")
# Product names and notations, the same in every language.
NO_LANGUAGE = re.compile(r"OAuth 2\.1|OpenAPI|Grantwell|curl|Python|Node\.js|Node|Go|JSON|HTTP|PKCE|https?:")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def fitting(use: Use) -> list[str]:
    """The keys that a use can mean."""
    if use.is_prefix:
        return [key for key in ENGLISH if key.startswith(use.key)]
    wanted = (f"{use.key}_one", f"{use.key}_other") if use.counted else (use.key,)
    return [key for key in wanted if key in ENGLISH]


@pytest.mark.parametrize("language", SHIPPED)
def test_every_language_has_the_same_texts(language: str) -> None:
    texts = shipped_texts()[language]
    assert texts.keys() == ENGLISH.keys()
    different = [key for key in texts if placeholders(texts[key]) != placeholders(ENGLISH[key])]
    assert different == []


@pytest.mark.parametrize("language", SHIPPED)
def test_a_text_is_plain_words_with_plain_names_in_braces(language: str) -> None:
    for key, text in shipped_texts()[language].items():
        assert text.strip(" ") or key == "language.thousands", key
        assert not re.search(r"</?[a-z]|&[a-z]+;", text), f"{key} has HTML in it"
        assert all(re.fullmatch(r"[a-z_]+", name) for name in placeholders(text)), key


def test_every_text_that_is_used_is_there() -> None:
    missing = [use for use in uses() if len(fitting(use)) < (2 if use.counted else 1)]
    assert missing == []


def test_every_text_gets_the_values_that_it_names() -> None:
    wrong = []
    for use in uses():
        for key in fitting(use) if use.values is not None and not use.is_prefix else ():
            given = (use.values or frozenset()) | ({"number"} if use.counted else set())
            if not placeholders(ENGLISH[key]) <= given or given - {"number"} - placeholders(ENGLISH[key]):
                wrong.append((use.where, key, sorted(given)))
    assert wrong == []


def test_no_text_is_left_over() -> None:
    used = {key for use in uses() for key in fitting(use)} | ASKED_BY_THE_CATALOGUE
    # Where a key is handed on, only its holder knows whether it is counted.
    used |= {f"{use.key}_{form}" for use in uses() for form in ("one", "other")}
    assert sorted(ENGLISH.keys() - used) == []


class Words(HTMLParser):
    """Words of a template that do not come from the catalogue."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in READ_ALOUD:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        # Attributes by themselves: a macro's, which are put into a tag elsewhere.
        text = re.sub(r'[a-z-]+="[^"]*"', "", NO_LANGUAGE.sub("", data))
        self.found += re.findall(r"[^\W\d_]{2,}", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(template: Path) -> None:
    tokens = list(environment().lex(template.read_text("utf-8")))
    assert Words("".join(token for _, kind, token in tokens if kind == "data")).found == []
    strings = [token[1:-1] for _, kind, token in tokens if kind == "string"]
    assert [words for words in strings if re.match(r"[A-Z][a-z]+( |$)", words)] == []
