"""From an OpenAPI 3.1 document to what a reader wants to see of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grantwell.pages.reference_example import curl_example
from grantwell.pages.reference_schema import Field, fields_of, resolve, words_of

Document = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
# The ways to say who is calling that the texts have words for.
SECURITY = ("bearer", "client")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of path or query."""

    name: str
    where: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Response:
    """One status, and the fields of its body; `text` is the type of a body without fields."""

    status: str
    description: str
    media_type: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    credentials: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    media_types: tuple[str, ...]
    fields: tuple[Field, ...]
    responses: tuple[Response, ...]
    errors: tuple[Response, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A document: its operations by tag, in the document's order."""

    title: str
    version: str
    server: str
    groups: tuple[tuple[str, tuple[OperationView, ...]], ...]


def describe(document: Document) -> Reference:
    """What to show of a document."""
    info = document.get("info", {})
    server = next((each["url"] for each in document.get("servers", ())), "")
    groups: dict[str, list[OperationView]] = {}
    for path, method, operation in operations_of(document):
        tag = next(iter(operation.get("tags", ())), "Operations")
        groups.setdefault(tag, []).append(describe_operation(document, server, path, method, operation))
    listed = tuple((tag, tuple(operations)) for tag, operations in groups.items())
    return Reference(info.get("title", "API"), info.get("version", ""), server, listed)


def operations_of(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation with path and method."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method.upper(), item[method]


def describe_operation(document: Document, server: str, path: str, method: str, operation: Document) -> OperationView:
    """What to show of an operation."""
    content = operation.get("requestBody", {}).get("content", {})
    schema: Document = next((each.get("schema", {}) for each in content.values()), {})
    responses = tuple(describe_responses(document, operation))
    return OperationView(
        operation.get("operationId", f"{method} {path}"),
        method,
        path,
        operation.get("summary", ""),
        operation.get("description", ""),
        credentials_of(operation),
        tuple(describe_parameter(document, each) for each in operation.get("parameters", ())),
        tuple(content),
        tuple(fields_of(document, schema)),
        tuple(each for each in responses if each.status < "400"),
        tuple(each for each in responses if each.status >= "400"),
        curl_example(document, server, path, method, operation),
    )


def describe_parameter(document: Document, parameter: Document) -> Parameter:
    """What to show of a parameter."""
    return Parameter(
        parameter["name"],
        parameter["in"],
        words_of(document, parameter.get("schema", {})),
        parameter.get("required", False),
        parameter.get("description", ""),
    )


def describe_responses(document: Document, operation: Document) -> Iterator[Response]:
    """What to show of the answers, by status."""
    for status, response in sorted(operation.get("responses", {}).items()):
        found = resolve(document, response)
        content: Document = found.get("content", {})
        media_type = next(iter(content), "")
        # Of errors only the statuses differ; their fields are told once.
        fields = fields_of(document, content[media_type].get("schema", {})) if media_type and status < "400" else ()
        yield Response(status, found.get("description", ""), media_type, tuple(fields))


def credentials_of(operation: Document) -> tuple[str, ...]:
    """What a caller shows, one or another; `nothing` among others, and empty where nobody shows anything."""
    security = operation.get("security", [])
    ways = dict.fromkeys(name for each in security for name in each if name in SECURITY)
    return (*ways, "nothing") if ways and {} in security else tuple(ways)
