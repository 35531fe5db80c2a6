"""From decoded JSON to the dataclasses of `types`; a value that does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from types import UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

Decoder: TypeAlias = Callable[[object], Any]

NAMES = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


class UnexpectedShape(Exception):
    """A value is not what its field holds. The text names field and kinds, never the value: that may be a secret."""

    def __init__(self, expected: str, value: object) -> None:
        found = "missing" if value is MISSING else NAMES.get(type(value), "null" if value is None else "a number")
        super().__init__(expected, found)
        self.where = ""

    def within(self, where: str) -> UnexpectedShape:
        """The same, told by whoever holds the value: where in it that is."""
        self.where = where + self.where
        return self

    def __str__(self) -> str:
        expected, found = self.args
        return f"`{self.where}` should be {expected}, and is {found}"


@lru_cache(maxsize=256)
def decoder_for(kind: Any) -> Decoder:
    """The decoder of a type: dataclass, `list[X]`, `X | None`, `datetime`, `str`, `int`, `bool` or `Any`.

    Args:
        kind: the type.

    Returns:
        A function from a decoded JSON value to a value of that type. It raises `UnexpectedShape`.
    """
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return union_decoder(get_args(kind))
    if origin is list:
        return list_decoder(decoder_for(get_args(kind)[0]))
    if is_dataclass(origin or kind):
        return object_decoder(origin or kind, get_args(kind))
    if kind is datetime:
        return decode_datetime
    return (lambda value: value) if kind is Any else plain_decoder(kind)


def plain_decoder(kind: type) -> Decoder:
    def decode(value: object) -> object:
        # `type() is` and not `isinstance`: true is no number.
        if type(value) is not kind:
            raise UnexpectedShape(NAMES[kind], value)
        return value

    return decode


def decode_datetime(value: object) -> datetime:
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise UnexpectedShape("a date and time (RFC 3339)", value) from None


def list_decoder(item: Decoder) -> Decoder:
    def decode(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise UnexpectedShape("a list", value)
        decoded: list[Any] = []
        try:
            for each in value:
                decoded.append(item(each))  # noqa: PERF401 -- how many there are is the place of the one that is wrong
        except UnexpectedShape as unexpected:
            raise unexpected.within(f"[{len(decoded)}]") from None
        return decoded

    return decode


def union_decoder(kinds: tuple[Any, ...]) -> Decoder:
    decoders = [decoder_for(kind) for kind in kinds if kind is not type(None)]
    nullable = type(None) in kinds

    def decode(value: object) -> object:
        if nullable and (value is None or value is MISSING):
            return None
        for decoder in decoders[:-1]:
            try:
                return decoder(value)
            except UnexpectedShape:
                continue
        return decoders[-1](value)

    return decode


def object_decoder(cls: Any, arguments: tuple[Any, ...]) -> Decoder:
    hints = get_type_hints(cls)
    of_parameter = dict(zip(getattr(cls, "__parameters__", ()), arguments, strict=False))
    decoders = {
        each.name: decoder_for(of_parameter.get(hints[each.name], hints[each.name]))
        for each in fields(cls)
        if each.name != "extra"
    }

    def decode(value: object) -> object:
        if not isinstance(value, dict):
            raise UnexpectedShape("an object", value)
        known: dict[str, Any] = {}
        name = ""
        try:
            for name, decoder in decoders.items():
                known[name] = decoder(value.get(name, MISSING))
        except UnexpectedShape as unexpected:
            raise unexpected.within(f".{name}") from None
        return cls(**known, extra={name: each for name, each in value.items() if name not in decoders})

    return decode


T = TypeVar("T")


def decode(kind: type[T], value: object, where: str) -> T:
    """The value as a `kind`, which see `decoder_for`; `where` is its name in errors."""
    shape: Any = kind
    decoded: T = decoded_by(decoder_for(shape), value, where)
    return decoded


def decoded_by(decoder: Decoder, value: object, where: str) -> Any:
    """The value; `where` is its name in errors."""
    try:
        return decoder(value)
    except UnexpectedShape as unexpected:
        raise unexpected.within(where) from None
