"""Every row has a test, and every test's row exists."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.requirements.marker import Requirement, requirements

TESTS = Path(__file__).resolve().parent.parent
SOURCE = re.compile(r"^(RFC \d+( section [\d.]+| appendix [A-Z.\d]+)?|API|SDKs|MCP|Grantwell)\b")


def marks_in(path: Path) -> Iterator[tuple[str, str]]:
    """The ids that a file's test functions are marked with, each with the test."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "requirement":
                    yield ast.literal_eval(mark.args[0]), f"{path.relative_to(TESTS)}::{node.name}"


@cache
def marked_tests() -> dict[str, list[str]]:
    found = defaultdict(list)
    for path in TESTS.rglob("test_*.py"):
        for identifier, test in marks_in(path):
            found[identifier].append(test)
    return found


def test_every_requirement_has_a_test() -> None:
    assert sorted(requirements().keys() - marked_tests().keys()) == []


def test_every_marked_test_names_a_requirement_that_exists() -> None:
    assert {name: tests for name, tests in marked_tests().items() if name not in requirements()} == {}


@pytest.mark.parametrize("row", requirements().values(), ids=lambda row: row.id)
def test_a_requirement_says_where_it_comes_from_and_what_it_is(row: Requirement) -> None:
    assert SOURCE.match(row.source)
    assert row.text.endswith(".")
