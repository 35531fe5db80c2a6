"""From method and path to an operation: a dictionary for plain paths, one more for those that end in a parameter."""

from collections.abc import Iterable

from msgspec import Struct

from grantwell.protocol.operation import Operation

BASE = "/v2"
WELL_KNOWN = "/.well-known/"


class Route(Struct, frozen=True):
    """The operations of one path, by method; `parameter` names its last segment, if that is one."""

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
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        path = operation.path
        self._add_at(BASE + path, operation)
        # SDKs ask for the documents under the API's base, everybody else at the origin (RFC 8414 section 3).
        if path.startswith(WELL_KNOWN):
            self._add_at(path, operation)

    def _add_at(self, path: str, operation: Operation) -> None:
        head, _, last = path.rpartition("/")
        parameter = last.strip("{}") if last.startswith("{") else ""
        table, key = (self._ending, head) if parameter else (self._plain, path)
        route = table.setdefault(key, Route(path, {}, parameter))
        route.by_method[operation.method] = operation

    def find(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path, and the values of its parameters."""
        route = self._plain.get(path)
        if route is not None:
            return route, {}
        head, _, last = path.rpartition("/")
        route = self._ending.get(head)
        return (route, {route.parameter: last}) if route is not None and last else None
