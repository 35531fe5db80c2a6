"""The texts by language and key: `area.key` is the entry `key` of `<language>/<area>.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from grantwell.pages.texts.negotiation import lookup

DEFAULT_LANGUAGE = "en"
SHIPPED = ("en", "de")
# What a language calls itself, and what stands between the thousands.
NAME, THOUSANDS = "language.name", "language.thousands"


class Texts:
    """The texts of one language. Called with a key and the values of the text's placeholders, it is the text."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text, as plain words: a template escapes it. Raises KeyError for an unknown key or a missing value."""
        return self._texts[key].format_map(values)

    def get(self, key: str) -> str:
        """The text as it was written, for one that need not be there; empty if it is not."""
        return self._texts.get(key, "")

    def rich(self, key: str, /, **values: object) -> Markup:
        """The text as HTML, for values that are markup (`{% set name %}<b>..</b>{% endset %}`); all else is escaped."""
        return escape(self._texts[key]).format(**values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The text `key_one` or `key_other`; its placeholder `{number}` is the number, grouped."""
        form = "one" if number == 1 else "other"
        return self(f"{key}_{form}", number=self.number(number), **values)

    def number(self, number: int) -> str:
        """A whole number with its thousands grouped as this language does."""
        return f"{number:,}".replace(",", self._texts[THOUSANDS])


class Catalogue:
    """All languages."""

    def __init__(self, languages: Mapping[str, Mapping[str, str]]) -> None:
        self._languages = {language: Texts(language, texts) for language, texts in languages.items()}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages' tags (RFC 5646), the default first."""
        return tuple(self._languages)

    def __getitem__(self, language: str) -> Texts:
        """The texts of a language that there is."""
        return self._languages[language]

    def best(self, wanted: Iterable[str]) -> Texts:
        """The texts in the first of the wanted languages that there is, or in the default language."""
        return self._languages[lookup(wanted, self._languages) or DEFAULT_LANGUAGE]


@cache
def shipped_texts() -> dict[str, dict[str, str]]:
    """The package's own texts: by language, by `area.key`."""
    return {language: _read(language) for language in SHIPPED}


@cache
def shipped_catalogue() -> Catalogue:
    """The package's own texts, read once."""
    return Catalogue(shipped_texts())


def _read(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files("grantwell.pages.texts").joinpath(language).iterdir():
        area, _, kind = file.name.partition(".")
        if kind == "toml":
            entries: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
            found |= {f"{area}.{key}": text for key, text in entries.items()}
    return found
