"""PostgreSQL keeps every character but NUL."""

from typing import Any


def has_nul(values: tuple[Any, ...]) -> bool:
    """Whether one of the values is a text with that character."""
    return any("\0" in value for value in values if isinstance(value, str))


def without_nul(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values as PostgreSQL can keep them."""
    if not has_nul(values):
        return values
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values)
