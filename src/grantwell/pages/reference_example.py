"""A curl call for an operation, ready to run once the variables in it are set."""

import json
from typing import Any
from urllib.parse import quote

from grantwell.pages.reference_schema import Schema, resolve

FORM = "application/x-www-form-urlencoded"
BREAK = " \\\n  "


def curl_example(document: Schema, server: str, path: str, method: str, operation: Schema) -> str:
    """The call with what it requires, and nothing else."""
    verb = "" if method == "GET" else f"-X {method} "
    lines = [f"curl {verb}'{server}{example_path(path, operation)}'"]
    ways = [name for each in operation.get("security", ()) for name in each]
    if "client" in ways:
        lines.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
    elif "bearer" in ways:
        lines.append('-H "Authorization: Bearer $GRANTWELL_API_KEY"')
    return BREAK.join([*lines, *example_body(document, operation.get("requestBody", {}).get("content", {}))])


def example_path(path: str, operation: Schema) -> str:
    """The path with its required query parameters."""
    required = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query" and each["required"]]
    query = "&".join(f"{quote(name, safe='')}={name.upper()}" for name in required)
    return f"{path}?{query}" if query else path


def example_body(document: Schema, content: Schema) -> list[str]:
    """The options for the body: a form where one may be sent, else JSON."""
    if not content:
        return []
    media_type = FORM if FORM in content else next(iter(content))
    fields = example_fields(document, content[media_type].get("schema", {}))
    if media_type == FORM:
        return [f"-d {name}={value}" for name, value in fields.items()]
    return [f"-H 'Content-Type: {media_type}'", f"-d '{json.dumps(fields)}'"]


def example_fields(document: Schema, schema: Schema) -> dict[str, Any]:
    """A value for each required field."""
    found = resolve(document, schema)
    properties = found.get("properties", {})
    return {name: example_value(document, name, properties[name]) for name in found.get("required", ())}


def example_value(document: Schema, name: str, schema: Schema) -> Any:
    """A value that fits: the schema's own example, its first choice, or the field's name in capitals."""
    found = resolve(document, schema)
    if found.get("examples"):
        return found["examples"][0]
    if "enum" in found:
        return found["enum"][0]
    if found.get("type") == "array":
        return [example_value(document, name.removesuffix("s"), found.get("items", {}))]
    return {"boolean": True, "integer": 1, "object": {}}.get(found.get("type", ""), name.upper())
