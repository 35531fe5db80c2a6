"""An operator's own words: which of the pages' texts they replace, and the languages that they add."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from string import Formatter
from typing import Any

from grantwell.pages.texts.catalogue import DEFAULT_LANGUAGE, NAME, THOUSANDS, shipped_texts

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
MAXIMUM_LENGTH = 4000
SCOPES = "scopes"
SCOPE_WORDS = ("name", "description")
# Whoever asks, and whom, must stay in a text; these may go.
DISPENSABLE = {"site", "number"}

Flat = dict[str, dict[str, str]]


class WrongTexts(ValueError):
    """Texts that cannot be used: a line for each, which names it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def with_overrides(written: Mapping[str, Any], scopes: Iterable[str] = ()) -> Flat:
    """The texts of all languages, those that were written in place of ours.

    A language that we do not have begins with the English texts.

    Args:
        written: the tables of a TOML file: by language, by area, by key; `scopes` is an area by scope and key.
        scopes: the scopes that there are.

    Raises WrongTexts for whatever is no text of ours, or has other placeholders than ours.
    """
    problems: list[str] = []
    found: Flat = {language: dict(texts) for language, texts in shipped_texts().items()}
    for language, areas in written.items():
        if not LANGUAGE.fullmatch(language) or not isinstance(areas, Mapping):
            problems.append(f"[{language}] is no language: write a table, as in [de.consent]")
            continue
        own = dict(_flat(areas))
        problems += _problems(language, own, [f"{SCOPES}.{scope}.{word}" for scope in scopes for word in SCOPE_WORDS])
        if language not in found and NAME not in own:
            problems.append(f'[{language}.language] must say how the language calls itself: name = "..."')
        found[language] = found.get(language, found[DEFAULT_LANGUAGE]) | own
    if problems:
        raise WrongTexts(problems)
    return found


def _flat(areas: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for area, entries in areas.items():
        if isinstance(entries, Mapping):
            yield from ((f"{area}.{key}", text) for key, text in _flat(entries))
        else:
            yield area, entries


def _problems(language: str, texts: Mapping[str, Any], of_scopes: list[str]) -> Iterator[str]:
    ours = shipped_texts()[DEFAULT_LANGUAGE] | dict.fromkeys(of_scopes, "")
    for key, text in texts.items():
        if key not in ours:
            closest = get_close_matches(key, ours, 1, 0.0)
            yield f"{language}.{key} is not a text of the pages. Did you mean {closest[0]}?"
        elif (
            not isinstance(text, str) or not 1 <= len(text) <= MAXIMUM_LENGTH or not (text.strip() or key == THOUSANDS)
        ):
            yield f"{language}.{key} must be text of 1 to {MAXIMUM_LENGTH} characters"
        elif wrong := _wrong_placeholders(key, text, ours[key]):
            yield f"{language}.{key} {wrong}"


def _wrong_placeholders(key: str, text: str, ours: str) -> str:
    """What is wrong with the names in braces, in words that go on after the key; empty if nothing is."""
    required = set(_placeholders(ours))
    allowed = required | ({"number"} if key.endswith(("_one", "_other")) else set())
    try:
        written = set(_placeholders(text))
    except ValueError as error:
        return f"has braces that are not in order ({error}); a brace itself is written twice"
    if unknown := sorted(written - allowed):
        return f"has {{{unknown[0]}}}, and {_listed(allowed)} may stand there"
    if missing := sorted(required - written - DISPENSABLE):
        return f"must have {{{missing[0]}}} in it"
    return ""


def _placeholders(text: str) -> Iterator[str]:
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None:
            # Anything but the plain name is never known: it could look into a value, or change it.
            yield name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")


def _listed(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "no name in braces"
