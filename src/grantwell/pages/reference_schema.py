"""JSON schemas in words: the fields of a body as rows, the type of a value in a few words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body. `name` is dotted where objects are nested; `[]` stands for each entry of a list."""

    name: str
    type: str
    required: bool
    description: str


def resolve(document: Schema, schema: Schema) -> Schema:
    """The schema itself, or what its `$ref` points to within the document (RFC 6901)."""
    seen: set[str] = set()
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
        schema = found
    return schema


def fields_of(document: Schema, schema: Schema, before: str = "", depth: int = 0) -> Iterator[Field]:
    """The fields of an object's schema, each followed by its own."""
    found = resolve(document, schema)
    if depth >= DEEPEST:
        return
    for name, each in found.get("properties", {}).items():
        full = before + name
        required = name in found.get("required", ())
        yield Field(full, words_of(document, each), required, resolve(document, each).get("description", ""))
        inner, sign = inner_of(document, each)
        yield from fields_of(document, inner, f"{full}{sign}.", depth + 1)


def inner_of(document: Schema, schema: Schema) -> tuple[Schema, str]:
    """The schema of the object inside: itself, the entry of a list, or the one choice that is an object."""
    found = resolve(document, schema)
    if "items" in found:
        return resolve(document, found["items"]), "[]"
    for choice in found.get("anyOf", ()):
        inner, sign = inner_of(document, choice)
        if "properties" in inner:
            return inner, sign
    return found, ""


def words_of(document: Schema, schema: Schema) -> str:
    """The type of a value in a few words."""
    found = resolve(document, schema)
    if "anyOf" in found:
        return " or ".join(dict.fromkeys(words_of(document, each) for each in found["anyOf"]))
    if "enum" in found:
        return " | ".join(str(each) for each in found["enum"])
    if "const" in found:
        return str(found["const"])
    if found.get("type") == "array":
        return f"array of {words_of(document, found.get('items', {}))}"
    return words_of_plain(found)


def words_of_plain(schema: Schema) -> str:
    """The type of a value that is no choice and no list."""
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words
