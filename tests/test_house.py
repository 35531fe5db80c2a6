"""What the source tree promises of itself: sizes, docstrings, no skipped test, a changelog, nothing of one machine."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "grantwell"

FILE_LINES = 200
FUNCTION_LINES = 50
LONG_FUNCTION_LINES = 25

# Functions longer than LONG_FUNCTION_LINES, each with its reason. None may pass FUNCTION_LINES.
THE_WIRES_ARGUMENTS = "its lines are the arguments of the wire, each by its name"
LONG_FUNCTIONS: dict[str, str] = {
    "cli/login/commands.py: login": "one line an option of the command",
    "cli/login/work.py: log_in": "one line an option of the command, taken and handed on",
    "resource/protected_resource.py: ProtectedResource.__init__": "one line a thing that can be said of an API",
    "protocol/context.py: Context.record": "one line a field of the audit event that it makes",
    "protocol/new_client.py: new_client": "one line a field of the client that it makes",
    "sdk/resources/authorization.py: AuthorizationOperations.register": THE_WIRES_ARGUMENTS,
    "sdk/resources/authorization.py: AuthorizationOperations.retrieve_authorize": THE_WIRES_ARGUMENTS,
    "sdk/resources/oauth_clients.py: OAuthClientsOperations.create": THE_WIRES_ARGUMENTS,
    "sdk/resources/oauth_clients.py: OAuthClientsOperations.list": THE_WIRES_ARGUMENTS,
    "sdk/resources/oauth_clients.py: OAuthClientsOperations.update": THE_WIRES_ARGUMENTS,
    "sdk/resources/tokens.py: TokenOperations.token": THE_WIRES_ARGUMENTS,
}

# Rooms whose public names all say what they do, what they take and what they raise.
DOCUMENTED_ROOMS = ("protocol", "operations", "extensions", "jobs")

TypeOfDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Definition(NamedTuple):
    path: str
    name: str
    node: TypeOfDefinition

    @property
    def label(self) -> str:
        return f"{self.path}: {self.name}"

    @property
    def lines(self) -> int:
        """Its length without decorators and docstring: prose is not what makes a function hard to follow."""
        end = self.node.end_lineno or self.node.lineno
        return end - self.node.lineno + 1 - docstring_lines(self.node)


def docstring_lines(node: TypeOfDefinition) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    statement = node.body[0]
    return (statement.end_lineno or statement.lineno) - statement.lineno + 1


def definitions_in(tree: ast.AST, path: str, outer: str = "") -> Iterator[Definition]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, TypeOfDefinition):
            name = f"{outer}{node.name}"
            yield Definition(path, name, node)
            yield from definitions_in(node, path, f"{name}.")
        else:
            yield from definitions_in(node, path, outer)


@cache
def definitions() -> tuple[Definition, ...]:
    found: list[Definition] = []
    for path in python_files(SOURCE):
        found += definitions_in(ast.parse(path.read_text()), path.relative_to(SOURCE).as_posix())
    return tuple(found)


def functions() -> list[Definition]:
    return [each for each in definitions() if not isinstance(each.node, ast.ClassDef)]


def python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_source_file_is_longer_than_it_can_be_read_at_one_sitting() -> None:
    lengths = {path.relative_to(SOURCE).as_posix(): len(path.read_text().splitlines()) for path in python_files(SOURCE)}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert {each.label: each.lines for each in functions() if each.lines > FUNCTION_LINES} == {}


def test_every_long_function_has_its_reason_written_down() -> None:
    long = {each.label: each.lines for each in functions() if each.lines > LONG_FUNCTION_LINES}
    assert {label: lines for label, lines in long.items() if label not in LONG_FUNCTIONS} == {}


def test_no_reason_is_kept_for_a_function_that_is_no_longer_long() -> None:
    long = {each.label for each in functions() if each.lines > LONG_FUNCTION_LINES}
    assert set(LONG_FUNCTIONS) - long == set()
    assert all(reason.strip() for reason in LONG_FUNCTIONS.values())


def is_public(each: Definition) -> bool:
    return not any(part.startswith("_") for part in each.name.split("."))


def is_nested_in_a_function(each: Definition) -> bool:
    outer = each.name.rpartition(".")[0]
    return any(other.path == each.path and other.name == outer for other in functions())


@pytest.mark.parametrize("room", DOCUMENTED_ROOMS)
def test_everything_public_in_the_rooms_of_rules_says_what_it_does(room: str) -> None:
    undocumented = [
        each.label
        for each in definitions()
        if each.path.startswith(f"{room}/")
        and is_public(each)
        and not is_nested_in_a_function(each)
        and ast.get_docstring(each.node) is None
    ]
    assert undocumented == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path.relative_to(SOURCE).as_posix()
        for path in python_files(SOURCE)
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


WAYS_NOT_TO_RUN = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|unittest\.skip|\bSkipTest\b")


def test_no_test_can_be_skipped() -> None:
    skipping = {
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in python_files(ROOT / "tests")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if WAYS_NOT_TO_RUN.search(line) and "WAYS_NOT_TO_RUN = " not in line
    }
    assert skipping == set()


SILENCED = re.compile(r"#\s*(?:noqa(?::\s*(?:[A-Z]+[0-9]+[, ]*)+)?|type:\s*ignore(?:\[[\w, -]+\])?)(?P<rest>.*)$")


def test_whoever_silences_a_checker_says_why_beside_it() -> None:
    unexplained = {
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for folder in ("src", "tests", "tools", "benchmarks")
        for path in python_files(ROOT / folder)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (silenced := SILENCED.search(line)) and len(silenced["rest"].strip(" #:-").split()) < 2
    }
    assert unexplained == set()


# Files other than settings/loading.py that touch the environment, each with its reason.
IN_A_CLIENT = "a program that calls the server, and has none of its settings"
ENVIRONMENT_READERS: dict[str, str] = {
    "sdk/client.py": IN_A_CLIENT,
    "sdk/async_client.py": IN_A_CLIENT,
}


def touches_the_environment(tree: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "putenv"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {each.name for each in node.names})
        for node in ast.walk(tree)
    )


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in python_files(SOURCE)
        if touches_the_environment(ast.parse(path.read_text()))
    }
    assert readers - {"settings/loading.py"} == set(ENVIRONMENT_READERS)


def test_the_changelog_speaks_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[?(.+?)\]?(?: .*)?$", changelog, re.MULTILINE)
    assert headings
    assert headings[0] in {"Unreleased", version}


def test_the_package_knows_its_own_version() -> None:
    import grantwell

    assert grantwell.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


OF_ONE_MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|home/[a-z]+|Users/[a-z]+|opt/pypi|opt/wheels)/")
OF_A_REGISTRY = re.compile(
    r"--(?:extra-)?index-url|--find-links|(?:pypi|npmjs)\.org/(?:simple|packages)|files\.pythonhosted"
)


@pytest.mark.parametrize("pattern", [OF_ONE_MACHINE, OF_A_REGISTRY], ids=["paths of a machine", "hosts of a registry"])
def test_no_tracked_file_depends_on_where_it_was_written(pattern: re.Pattern[str]) -> None:
    telling = {
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in tracked_files()
        if path != Path(__file__) and b"\0" not in path.read_bytes()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    }
    assert telling == set()


def rooms() -> set[str]:
    found = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    return found - {"__init__", "__main__"}


def contract(name: str) -> dict[str, list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (each for each in contracts if each["name"] == name)
    return {key: value for key, value in found.items() if isinstance(value, list)}


def rooms_in(expressions: list[str]) -> set[str]:
    return {each.removeprefix("grantwell.") for each in expressions if each.startswith("grantwell.")}


# The import linter refuses the name of a room that does not exist yet: each is added to its contracts as it comes.
def test_every_room_has_its_floor() -> None:
    layers = " ".join(contract("Each floor leans only on the floors below it")["layers"])
    assert rooms() - set(re.findall(r"\w+", layers)) == set()


def test_every_room_of_rules_is_held_to_be_pure() -> None:
    pure = rooms_in(contract("Rules do no I/O, read no clock and draw no randomness")["source_modules"])
    assert set(DOCUMENTED_ROOMS) & rooms() <= pure


@pytest.mark.parametrize(
    ("name", "room", "allowed"),
    [
        ("The SDK knows the wire and nothing of the server", "sdk", {"sdk"}),
        ("Pages reach the server only through the SDK", "pages", {"sdk", "pages"}),
    ],
)
def test_who_speaks_the_wire_is_kept_from_every_other_room(name: str, room: str, allowed: set[str]) -> None:
    assert rooms_in(contract(name)["forbidden_modules"]) == rooms() - allowed
    assert {room} & rooms() <= rooms_in(contract(name)["source_modules"])


def test_whoever_may_use_the_sdk_is_named_without_wildcards() -> None:
    allowed = rooms_in(contract("Only those who speak the wire use the SDK")["allowed_importers"])
    assert {"cli", "pages", "resource", "testing"} & rooms() <= allowed
