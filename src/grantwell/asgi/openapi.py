"""The OpenAPI 3.1 document, made from the operations: whatever is registered is documented."""

from collections.abc import Iterable
from typing import Any

import msgspec

from grantwell.asgi.routes import BASE, WELL_KNOWN
from grantwell.protocol.operation import BEARER_SECURITY, Documentation, Operation, Parameter

REFERENCE = "#/components/schemas/{name}"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
ERROR = {"$ref": REFERENCE.format(name="Error")}
ERRORS = {
    400: "The request is not valid.",
    401: "The credentials are missing or not valid.",
    403: "The credentials do not have the right to do this.",
    404: "There is no such thing.",
    413: "The body is larger than 64 KiB.",
    415: "The content type is not one that this operation reads.",
    422: "A value is not acceptable.",
    429: "Too many requests; `Retry-After` says when to try again.",
}
# What every operation that reads a body can say.
OF_BODIES = (413, 415)

LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or an access token."},
    "client": {"type": "http", "scheme": "basic", "description": "Client id and secret, or both in the body."},
}


class Error(msgspec.Struct, frozen=True):
    """Every refusal: a registered code, and words for a developer."""

    error: str
    error_description: str


def openapi_document(operations: Iterable[Operation], issuer: str, version: str) -> dict[str, Any]:
    """Describe the API at `issuer`."""
    operations = tuple(operations)
    bodies = [body for each in operations for body in _bodies(each.documentation)]
    schemas, components = msgspec.json.schema_components([*bodies, Error], ref_template=REFERENCE)
    by_body = dict(zip(map(id, bodies), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, by_body)
        # Discovery lives at the origin; under the API's base it answers too, for SDKs.
        path = operation.path if operation.path.startswith(WELL_KNOWN) else BASE + operation.path
        paths.setdefault(path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Grantwell", "version": version, "license": LICENSE},
        "servers": [{"url": issuer}],
        "tags": [{"name": name} for name in dict.fromkeys(each.documentation.tag for each in operations)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SECURITY_SCHEMES},
    }


def _bodies(documentation: Documentation) -> list[Any]:
    return [body for body in (documentation.request, documentation.response) if body not in (None, str)]


def _operation(operation: Operation, by_body: dict[int, Any]) -> dict[str, Any]:
    documented = operation.documentation
    described: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": documented.summary,
        "tags": [documented.tag],
        "security": _security(operation),
        "responses": _responses(documented, by_body),
    }
    if documented.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in documented.parameters]
    if documented.request is not None:
        schema = {"schema": by_body[id(documented.request)]}
        content = {FORM: schema, JSON: schema} if documented.form else {JSON: schema}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.security in BEARER_SECURITY:
        return [{"bearer": []}]
    if operation.security == "client":
        return [{"client": []}, {"bearer": []}]
    return [{"client": []}, {}] if operation.security == "client_or_public" else []


def _responses(documented: Documentation, by_body: dict[int, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": documented.summary}
    if documented.response is str:
        success["content"] = {documented.response_type: {"schema": {"type": "string"}}}
    elif documented.response is not None:
        success["content"] = {documented.response_type: {"schema": by_body[id(documented.response)]}}
    media, schema = (JSON, ERROR) if documented.response is not str else ("text/html", {"type": "string"})
    refusals = (*documented.errors, *(OF_BODIES if documented.request is not None else ()))
    errors = {
        str(status): {"description": ERRORS[status], "content": {media: {"schema": schema}}}
        for status in sorted(refusals)
    }
    return {str(documented.success): success, **errors}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = msgspec.json.schema(parameter.type)
    return {"name": parameter.name, "in": parameter.where, "required": parameter.required, "schema": schema}
