"""What the objects of the wire have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensible:
    """An object of the wire. `extra` holds what the server sent beyond its fields."""

    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything by its name on the wire, secrets too; what the server left out is None. Times stay `datetime`."""
        return self.extra | {
            each.name: plain(getattr(self, each.name)) for each in fields(self) if each.name != "extra"
        }


def plain(value: Any) -> Any:
    if isinstance(value, Extensible):
        return value.to_dict()
    return [plain(each) for each in value] if isinstance(value, list) else value
