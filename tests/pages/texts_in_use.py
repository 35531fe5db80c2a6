"""Which texts the pages use: found in the templates' syntax trees and in the Python source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import nodes

from grantwell.pages.rendering import environment

PAGES = Path(str(files("grantwell.pages")))
KEY = re.compile(r"[a-z_]+\.[a-z0-9_]+")
PREFIX = re.compile(r"[a-z_]+\.[a-z0-9_]*")
FILE_TYPES = ("css", "html", "ico", "js", "json", "md", "png", "svg", "toml", "txt")


@dataclass(frozen=True)
class Use:
    """A text that is used: where, its key (or what its key begins with), and the values it gets, if that is known."""

    where: str
    key: str
    is_prefix: bool = False
    counted: bool = False
    values: frozenset[str] | None = None


@cache
def uses() -> tuple[Use, ...]:
    """Every use of a text."""
    templates = [use for path in sorted(PAGES.glob("templates/**/*.html")) for use in in_template(path)]
    return (*templates, *(use for path in sorted(PAGES.glob("**/*.py")) for use in in_python(path)))


def in_template(path: Path) -> Iterator[Use]:
    where = path.name
    tree = environment().parse(path.read_text("utf-8"))
    asked = [call for call in tree.find_all(nodes.Call) if call.args and is_texts(call.node)]
    for call in asked:
        first = call.args[0]
        # `**values` can hold anything.
        values = None if call.dyn_kwargs else frozenset(each.key for each in call.kwargs)
        counted = isinstance(call.node, nodes.Getattr) and call.node.attr == "count"
        yield from of_expression(first, where, counted, values)
    seen = {id(node) for call in asked for node in (call.args[0], *call.args[0].find_all(nodes.Node))}
    # A key may also be handed on, to a macro.
    for constant in tree.find_all(nodes.Const):
        if id(constant) not in seen and isinstance(constant.value, str) and looks_like_key(constant.value):
            yield Use(where, constant.value)


def is_texts(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Getattr):
        return is_texts(node.node) and node.attr in ("count", "rich")
    return isinstance(node, nodes.Name) and node.name == "t"


def of_expression(node: nodes.Node, where: str, counted: bool, values: frozenset[str] | None) -> Iterator[Use]:
    """The keys that an expression can be: a constant, a choice of constants, or a beginning with more behind it."""
    if isinstance(node, nodes.Const):
        yield Use(where, str(node.value), counted=counted, values=values)
    elif isinstance(node, nodes.CondExpr):
        yield from of_expression(node.expr1, where, counted, None)
        assert node.expr2 is not None
        yield from of_expression(node.expr2, where, counted, None)
    elif isinstance(node, nodes.Concat):
        yield from of_beginning(node.nodes[0], where)
    elif isinstance(node, nodes.Add):
        yield from of_beginning(node.left, where)


def of_beginning(node: nodes.Node, where: str) -> Iterator[Use]:
    if isinstance(node, nodes.Const) and PREFIX.fullmatch(str(node.value)):
        yield Use(where, str(node.value), is_prefix=True)


def in_python(path: Path) -> Iterator[Use]:
    """Every string that looks like a key of an area that there is."""
    tree = ast.parse(path.read_text("utf-8"))
    beginnings = {id(each.values[0]) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) and each.values}
    calls = {id(call.args[0]): call for call in ast.walk(tree) if isinstance(call, ast.Call) and call.args}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in beginnings:
            if PREFIX.fullmatch(node.value) and node.value.partition(".")[0] in areas():
                yield Use(path.name, node.value, is_prefix=True)
        elif looks_like_key(node.value):
            call = calls.get(id(node))
            yield Use(path.name, node.value, counted=call is not None and is_count(call), values=values_of(call))


def is_count(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "count"


def values_of(call: ast.Call | None) -> frozenset[str] | None:
    """The names of the values, where the texts themselves are called: `t(..)` or `texts_of(request)(..)`."""
    if call is None or any(each.arg is None for each in call.keywords):
        return None
    asked = (
        call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr in ("count", "rich") else call.func
    )
    by_name = isinstance(asked, ast.Name) and asked.id == "t"
    at_once = isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name) and asked.func.id == "texts_of"
    return frozenset(each.arg or "" for each in call.keywords) if by_name or at_once else None


def looks_like_key(text: str) -> bool:
    area, _, rest = text.partition(".")
    return bool(KEY.fullmatch(text)) and area in areas() and rest not in FILE_TYPES


@cache
def areas() -> frozenset[str]:
    """The areas of the catalogue."""
    return frozenset(path.stem for path in PAGES.glob("texts/*/*.toml"))
