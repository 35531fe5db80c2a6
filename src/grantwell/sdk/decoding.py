"""From decoded JSON to the dataclasses of `types`; a value that does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from types import UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

Decoder: TypeAlias = Callable[[object, str], Any]

NAMES = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


class UnexpectedShape(Exception):
    """A value is not what its field holds. The text names field and kinds, never the value: that may be a secret."""

    def __init__(self, where: str, expected: str, value: object) -> None:
        found = "missing" if value is MISSING else NAMES.get(type(value), "null" if value is None else "a number")
        super().__init__(f"`{where}` should be {expected}, and is {found}")


@lru_cache(maxsize=256)
def decoder_for(kind: Any) -> Decoder:
    """The decoder of a type: dataclass, `list[X]`, `X | None`, `datetime`, `str`, `int`, `bool` or `Any`.

    Args:
        kind: the type.

    Returns:
        A function from a decoded JSON value, and the name it goes by in errors, to a value of that type. It raises
        `UnexpectedShape`.
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
    return (lambda value, _: value) if kind is Any else plain_decoder(kind)


def plain_decoder(kind: type) -> Decoder:
    def decode(value: object, where: str) -> object:
        # `type() is` and not `isinstance`: true is no number.
        if type(value) is not kind:
            raise UnexpectedShape(where, NAMES[kind], value)
        return value

    return decode


def decode_datetime(value: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise UnexpectedShape(where, "a date and time (RFC 3339)", value) from None
    return moment


def list_decoder(item: Decoder) -> Decoder:
    def decode(value: object, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise UnexpectedShape(where, "a list", value)
        return [item(each, f"{where}[{index}]") for index, each in enumerate(value)]

    return decode


def union_decoder(kinds: tuple[Any, ...]) -> Decoder:
    decoders = [decoder_for(kind) for kind in kinds if kind is not type(None)]
    nullable = type(None) in kinds

    def decode(value: object, where: str) -> object:
        if nullable and (value is None or value is MISSING):
            return None
        for decoder in decoders[:-1]:
            try:
                return decoder(value, where)
            except UnexpectedShape:
                continue
        return decoders[-1](value, where)

    return decode


def object_decoder(cls: Any, arguments: tuple[Any, ...]) -> Decoder:
    hints = get_type_hints(cls)
    of_parameter = dict(zip(getattr(cls, "__parameters__", ()), arguments, strict=False))
    decoders = {
        each.name: decoder_for(of_parameter.get(hints[each.name], hints[each.name]))
        for each in fields(cls)
        if each.name != "extra"
    }

    def decode(value: object, where: str) -> object:
        if not isinstance(value, dict):
            raise UnexpectedShape(where, "an object", value)
        known = {name: decoder(value.get(name, MISSING), f"{where}.{name}") for name, decoder in decoders.items()}
        return cls(**known, extra={name: each for name, each in value.items() if name not in decoders})

    return decode


T = TypeVar("T")


def decode(kind: type[T], value: object, where: str) -> T:
    """The value as a `kind`, which see `decoder_for`; `where` is its name in errors."""
    shape: Any = kind
    decoded: T = decoder_for(shape)(value, where)
    return decoded
