"""Settings and commands that the documentation names are there, by the names that it gives them."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.markdown import ROOT, code_in, fences_of, markdown_files, tokens_of

from grantwell.cli.program import program
from grantwell.settings.sources import NAMES_WITH_FILES, OF_OTHERS, variable_name

SETTING = re.compile(r"GRANTWELL_[A-Z_]*[A-Z]")
KNOWN = {variable_name(name) for name in NAMES_WITH_FILES} | set(OF_OTHERS)
# How the command is written: as it is, in a clone's environment, or at a path of its own.
COMMAND = re.compile(r"(?:^|[\s=\"(])(?:[\w./]*/bin/)?(grantwell [a-z][^\n|&;]*)")
# One of ours within another.
SUBSTITUTED = re.compile(r"\$\((grantwell [^()]*)\)")
BY_NAME = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in markdown_files()]
# Speaks of a misspelt setting.
MISSPELT = {"docs/decisions/settings-without-pydantic.md": {"GRANTWELL_RETRY_SECOND"}}


@pytest.mark.parametrize("path", BY_NAME)
def test_every_setting_that_a_document_names_exists(path: Path) -> None:
    unknown = set(SETTING.findall(path.read_text())) - KNOWN
    assert unknown == MISSPELT.get(path.relative_to(ROOT).as_posix(), set())


def commands_in(path: Path) -> list[str]:
    spans = [span for token in tokens_of(path) for span in code_in(token)]
    shell = [fence.text.replace("\\\n", " ") for fence in fences_of(path) if fence.language == "sh"]
    texts = [SUBSTITUTED.sub(r"\n\1\n", text) for text in (*spans, *shell)]
    return [found for text in texts for found in COMMAND.findall(text)]


def wrong_in(command: str) -> list[str]:
    """The words of a command line that the program does not know."""
    words = shlex.split(command, comments=True)[1:]
    known: Any = typer.main.get_command(program)
    while words and hasattr(known, "commands"):
        name = words.pop(0)
        if name not in known.commands:
            return [name]
        known = known.commands[name]
    options = {option for each in known.params for option in each.opts}
    return [word for word in words if word.startswith("-") and word != "-" and word not in options]


@pytest.mark.parametrize("path", BY_NAME)
def test_every_command_that_a_document_names_exists(path: Path) -> None:
    assert {command: wrong for command in commands_in(path) if (wrong := wrong_in(command))} == {}


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert wrong_in("grantwell secret reencrypt") == ["secret"]
    assert wrong_in("grantwell users list --all") == ["--all"]
    assert wrong_in("grantwell users list --data-dir DIR") == []
