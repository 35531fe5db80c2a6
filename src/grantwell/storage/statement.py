"""One SQL statement: written once with `:name` parameters, compiled at import to what each database takes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PARAMETER = re.compile(r":([a-z_]+)")

CATALOGUE: "dict[str, Statement]" = {}


class Statement:
    """A named statement. `parameters` is the order in which values are bound; a name may stand in it repeatedly."""

    __slots__ = ("name", "parameters", "postgresql", "sqlite")

    def __init__(self, name: str, text: str) -> None:
        """Compile `text` and enter it in the catalogue, where every name stands once."""
        assert name not in CATALOGUE, name
        self.name = name
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        self.sqlite = _numbered(text, "?", self.parameters)
        self.postgresql = _numbered(text, "$", self.parameters)
        CATALOGUE[name] = self

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the parameters in their order; `values` may hold more."""
        return tuple([values[name] for name in self.parameters])


def _numbered(text: str, mark: str, parameters: Sequence[str]) -> str:
    return _PARAMETER.sub(lambda found: f"{mark}{parameters.index(found[1]) + 1}", text)
