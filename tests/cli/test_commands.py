"""What holds for every command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.conftest import Command
from tests.support.processes import clean_environment

from grantwell import __version__
from grantwell.cli.program import program


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for each, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name}{each} ")
        else:
            yield f"{name}{each}", command


COMMANDS = dict(commands(typer.main.get_command(program)))
# They have no server of their own, or another's.
WITHOUT_DATA = {"demo", "login", "logout", "token", "whoami"}


def test_these_are_all_commands() -> None:
    assert set(COMMANDS) >= {
        "serve",
        "users create",
        "keys create",
        "keys list",
        "keys revoke",
        "signing-keys list",
        "signing-keys rotate",
        "clients list",
        "clients create",
        "audit tail",
        "migrate",
        "backup",
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_every_option_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert [each.name for each in command.params if not each.help] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_can_print_json_and_be_told_where_the_data_lies(name: str) -> None:
    options = {option for each in COMMANDS[name].params for option in each.opts}
    assert "--json" in options
    assert "--data-dir" in options or name in WITHOUT_DATA


@pytest.mark.parametrize("name", [("users", "list"), ("keys", "list"), ("audit", "tail"), ("backup", "copy")])
def test_a_data_directory_that_is_not_there_is_named_and_not_made(
    grantwell: Command, data_dir: Path, name: tuple[str, ...]
) -> None:
    result = grantwell(*name)
    assert result.code == 1
    assert f"there is no database at {data_dir / 'grantwell.db'}" in result.err
    assert not data_dir.exists()


def test_a_failure_is_an_object_too_where_json_was_asked_for(grantwell: Command) -> None:
    result = grantwell("users", "list", "--json")
    assert result.code == 1
    assert result.json["error"].startswith("there is no database at")
    assert result.json["error"] in result.err


def test_a_setting_that_is_wrong_is_a_misuse(grantwell: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWELL_PROT", "1")
    result = grantwell("users", "list", "--json")
    assert result.code == 2
    assert result.json["error"].startswith("GRANTWELL_PROT is not a setting. Did you mean GRANTWELL_PORT?")


@pytest.mark.parametrize("arguments", [("nonsense",), ("users", "nonsense"), ("users", "list", "--nonsense")])
def test_what_is_no_command_is_refused(bare: Command, arguments: tuple[str, ...]) -> None:
    result = bare(*arguments)
    assert result.code == 2
    assert "nonsense" in result.err


def test_a_directory_that_cannot_be_one_is_named(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = str(tmp_path / "file" / "data")
    result = bare("users", "create", "--organization", "A", "--email", "a@example.com", "--data-dir", place)
    assert result.code == 2
    assert place in result.err


def test_the_openapi_document_is_printed_without_a_server(grantwell: Command) -> None:
    document = grantwell("openapi").json
    assert document["openapi"].startswith("3.1")
    assert "/v2/oauth/token" in document["paths"]


@pytest.mark.parametrize("command", [("-m", "grantwell"), ("-c", "import grantwell.cli as c; c.sys.exit(c.main())")])
def test_the_command_says_its_version(command: tuple[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, *command, "--version"], env=clean_environment(), capture_output=True, check=True, text=True
    )
    assert said.stdout == f"grantwell {__version__}\n"


def test_a_system_that_the_server_does_not_run_on_is_told_so() -> None:
    without = "import sys; sys.modules['fcntl'] = None; import grantwell.cli as c; sys.exit(c.main())"
    said = subprocess.run(
        [sys.executable, "-c", without], env=clean_environment(), capture_output=True, check=False, text=True
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("grantwell: the server and its commands need Linux or macOS")
