"""One setting at a time: from the text of a variable, or a value of TOML or Python, to the setting's type."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from grantwell.settings.lists import read_list
from grantwell.settings.model import SECRET_FIELDS, Settings
from grantwell.settings.readers import FORMS, READERS

TYPES: Mapping[str, Any] = get_type_hints(Settings, include_extras=True)
SHOWN = 40


def read_value(name: str, value: object) -> Any:
    """A setting's value in its type, judged by itself. Raises ValueError: words that go on after the setting's name."""
    kind = get_args(TYPES[name])[0]
    if name in READERS:
        return READERS[name](value)
    if kind == tuple[str, ...]:
        return read_list(value)
    if str in (kind, *get_args(kind)) and not isinstance(value, str):
        raise ValueError("must be text (in TOML: in quotes)")
    try:
        return msgspec.convert(value, TYPES[name], strict=isinstance(value, bool))
    except msgspec.ValidationError:
        but = "" if name in SECRET_FIELDS else f", not {_shown(value)}"
        raise ValueError(f"must be {form(name)}{but}") from None


def form(name: str) -> str:
    """What a setting's value must be, in words."""
    if name in FORMS:
        return FORMS[name]
    kind, meta = get_args(TYPES[name])
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number {_bounds(meta.ge, meta.le)}"
    if get_origin(kind) is Literal:
        return _either(get_args(kind))
    if kind == tuple[str, ...]:
        return "a list, separated by commas"
    return f"text of {meta.min_length} to {meta.max_length} characters" if meta.max_length else "text"


def _bounds(least: int, most: int | None) -> str:
    return f"of at least {least}" if most is None else f"from {least} to {most}"


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
