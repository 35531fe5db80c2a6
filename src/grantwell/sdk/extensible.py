"""What the objects of the wire have in common."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensible:
    """An object of the wire. `extra` holds what the server sent beyond its fields; each is an attribute as well."""

    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    # Hidden from type checkers, so that they find misspelt fields.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # While an object is copied it has no `extra` yet.
            if name == "extra" or name not in self.extra:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            return self.extra[name]

    def to_dict(self) -> dict[str, Any]:
        """Everything by its name on the wire, secrets too; what the server left out is None. Times stay `datetime`."""
        return self.extra | {
            each.name: plain(getattr(self, each.name)) for each in fields(self) if each.name != "extra"
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The same as JSON, times in the form of RFC 3339.

        Args:
            indent: blanks for each level; None is all on one line.
        """
        return json.dumps(self.to_dict(), indent=indent, default=lambda time: time.isoformat())


def plain(value: Any) -> Any:
    if isinstance(value, Extensible):
        return value.to_dict()
    return [plain(each) for each in value] if isinstance(value, list) else value
