"""Every reason code in the source, found in its syntax: none can come into being without being found.

A reason is a literal that is given to a parameter named `reason`, by name or in its place; that is assigned to a
variable of that name; or that a `refuse_...` function, or a function which answers "what, and why not", returns.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from grantwell.protocol.errors import OAuthError
from grantwell.settings.model import DEFAULT_RATE_LIMITS

SOURCE = Path(__file__).resolve().parents[2] / "src" / "grantwell"
CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def reason_codes(source: Path = SOURCE) -> dict[str, set[str]]:
    """Each code, with the files that it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted(source.rglob("*.py")):
        for code in codes_in(ast.parse(path.read_text())):
            found.setdefault(code, set()).add(path.relative_to(source).as_posix())
    return found


def codes_in(tree: ast.AST) -> set[str]:
    """The codes of one file."""
    places = places_of_reason(tree)
    values = [value for node in ast.walk(tree) for value in reasons_at(node, places)]
    return {code for value in values for code in literals(value) if CODE.fullmatch(code)}


def places_of_reason(tree: ast.AST) -> dict[str, int]:
    """The functions of this file that take a `reason` in a place of its own, and which place that is."""
    return {
        node.name: [each.arg for each in node.args.args].index("reason")
        for node in ast.walk(tree)
        if isinstance(node, Function) and "reason" in [each.arg for each in node.args.args]
    } | {"revoke_as_replayed": 2}


def reasons_at(node: ast.AST, places: dict[str, int]) -> Iterator[ast.expr]:
    """The expressions at this node whose value is a reason."""
    if isinstance(node, ast.Call):
        yield from (each.value for each in node.keywords if each.arg == "reason")
        place = places.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if place is not None and place < len(node.args):
            yield node.args[place]
    elif isinstance(node, ast.Assign) and "reason" in map(ast.unparse, node.targets):
        yield node.value
    elif isinstance(node, Function):
        yield from (value for value in returned(node) if node.name.lstrip("_").startswith("refuse"))
        if node.returns is not None and ast.unparse(node.returns).endswith(", str]"):
            yield from (value.elts[-1] for value in returned(node) if isinstance(value, ast.Tuple))


def returned(function: Function) -> list[ast.expr]:
    return [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None]


def literals(value: ast.expr) -> Iterator[str]:
    """The strings that an expression can come to."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*literals(value.body), *literals(value.orelse))
    elif isinstance(value, ast.BoolOp):
        for each in value.values:
            yield from literals(each)
    elif isinstance(value, ast.JoinedStr):
        # The one reason that is put together: a limit's, of the limit's name.
        before = "".join(str(each.value) for each in value.values if isinstance(each, ast.Constant))
        yield from (f"{before}{name}" for name in DEFAULT_RATE_LIMITS if before == "limit_")


def errors_of_codes(source: Path = SOURCE) -> dict[str, set[str]]:
    """The registered errors that codes are raised with, where class and code stand side by side."""
    classes = {each.__name__: each.error for each in subclasses(OAuthError)}
    found: dict[str, set[str]] = {}
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                for each in (code for word in node.keywords if word.arg == "reason" for code in literals(word.value)):
                    found.setdefault(each, set()).add(classes[node.func.id])
    return found


def subclasses(error: type[OAuthError]) -> Iterator[type[OAuthError]]:
    for each in error.__subclasses__():
        yield each
        yield from subclasses(each)
