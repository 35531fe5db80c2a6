"""From what was written, wherever it was written, to `Settings`; every mistake is named, in one error."""

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from grantwell.settings.checks import check, complete
from grantwell.settings.model import DEFAULT_DATA_DIR, Settings
from grantwell.settings.sources import FILE_NAME, PREFIX, Given, from_environment, from_file
from grantwell.settings.values import read_value

# How a process hands its settings down; no setting by itself.
HANDED_DOWN = f"{PREFIX}SETTINGS"


class SettingsError(Exception):
    """Settings that cannot be: a line for each, with its name as written, what is wrong, and what would do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load_settings(environment: Mapping[str, str] | None = None, /, **overrides: Any) -> Settings:
    """The settings of this process: what `overrides` say, else the environment, else the file, else the default.

    An override of None says nothing. `environment` is the process's own, unless another one is given. Raises
    SettingsError, which never repeats a secret, and TypeError for an override of another name.
    """
    if unknown := overrides.keys() - set(Settings.__struct_fields__):
        raise TypeError(f"there is no setting named {', '.join(sorted(unknown))}")
    given, problems = from_environment(os.environ if environment is None else environment)
    given |= {name: Given(value, name) for name, value in overrides.items() if value is not None}
    data_dir = _read({"data_dir": given.get("data_dir", Given(DEFAULT_DATA_DIR, "data_dir"))}, problems)
    _raise_if(problems and not data_dir, problems)

    in_file, more = from_file(data_dir["data_dir"] / FILE_NAME)
    given = in_file | given
    values = data_dir | _read({name: each for name, each in given.items() if name != "data_dir"}, problems)
    _raise_if(problems or more, problems + more)

    settings = Settings(**complete(values))
    problems = check(settings, given)
    _raise_if(problems, problems)
    return settings


def _read(given: Mapping[str, Given], problems: list[str]) -> dict[str, Any]:
    """The values of all settings that can be read; a problem for each other one."""
    values = {}
    for name, each in given.items():
        try:
            values[name] = read_value(name, each.value)
        except ValueError as error:
            problems.append(f"{each.label} {error}")
    return values


def _raise_if(wrong: object, problems: list[str]) -> None:
    if wrong:
        raise SettingsError(problems)


def handed_down(settings: Settings) -> dict[str, str]:
    """The environment of a process that is to have the same settings: this one's, and in it the settings as a whole.

    A process that is started later does not read files that have changed since.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {HANDED_DOWN: msgspec.json.encode(settings, enc_hook=str).decode()}


def taken_over(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that a parent has handed down. Raises KeyError if none has."""
    text = (os.environ if environment is None else environment)[HANDED_DOWN]
    return msgspec.json.decode(text, type=Settings, dec_hook=lambda kind, value: kind(value))
