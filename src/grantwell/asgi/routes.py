"""From method and path to an operation, by dictionaries: of plain paths, and of those with a parameter.

A path has at most one parameter: its last segment, or the one before that.
"""

from collections.abc import Iterable

from msgspec import Struct

from grantwell.protocol.operation import Operation

BASE = "/v2"
WELL_KNOWN = "/.well-known/"


class Route(Struct, frozen=True):
    """The operations of one path, by method; `parameter` names the one segment that is one, if any is."""

    template: str
    by_method: dict[str, Operation]
    parameter: str

    @property
    def allow(self) -> str:
        """The Allow header (RFC 9110 section 10.2.1)."""
        methods = {*self.by_method, "OPTIONS", *(("HEAD",) if "GET" in self.by_method else ())}
        return ", ".join(sorted(methods))


class Routes:
    """All routes."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._plain: dict[str, Route] = {}
        self._ending: dict[str, Route] = {}
        self._within: dict[tuple[str, str], Route] = {}
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        path = operation.path
        self._add_at(BASE + path, operation)
        # SDKs ask for the documents under the API's base, everybody else at the origin (RFC 8414 section 3).
        if path.startswith(WELL_KNOWN):
            self._add_at(path, operation)

    def _add_at(self, path: str, operation: Operation) -> None:
        route = self._route_at(path)
        route.by_method[operation.method] = operation

    def _route_at(self, path: str) -> Route:
        head, opening, rest = path.partition("/{")
        if not opening:
            return self._plain.setdefault(path, Route(path, {}, ""))
        parameter, _, last = rest.partition("}")
        route = Route(path, {}, parameter)
        return self._within.setdefault((head, last), route) if last else self._ending.setdefault(head, route)

    def find(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path, and the value of its parameter."""
        route = self._plain.get(path)
        if route is not None:
            return route, {}
        head, _, last = path.rpartition("/")
        route = self._ending.get(head)
        if route is not None:
            return (route, {route.parameter: last}) if last else None
        head, _, value = head.rpartition("/")
        route = self._within.get((head, f"/{last}"))
        return (route, {route.parameter: value}) if route is not None and value else None
