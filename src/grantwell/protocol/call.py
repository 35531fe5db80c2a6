"""One HTTP request, as far as the rules care, and the strict reading of its parameters.

Parameters are flat: a name with brackets is an opaque string. Nothing may be said twice (RFC 6749 section 3.1), since
two readers of one request would otherwise believe different things.
"""

import json
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from grantwell.protocol.errors import InvalidRequest, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Call(Struct, frozen=True):
    """What came in. `path` holds the values of the template's names; `authorization` is the header, or empty."""

    method: str
    path: dict[str, str]
    query_string: bytes
    content_type: str
    authorization: str
    body: bytes

    def query(self) -> dict[str, str]:
        """The query parameters. Raises InvalidRequest for a repeated or undecodable one."""
        return parse_form(self.query_string)

    def form_or_json(self) -> dict[str, str]:
        """The body's parameters, by its content type. Raises InvalidRequest, UnsupportedMediaType."""
        if self.content_type == FORM:
            return parse_form(self.body)
        if self.content_type == JSON:
            return _only_strings(parse_json_object(self.body))
        raise UnsupportedMediaType(f"send the body as {FORM} or {JSON}", reason="unsupported_media_type")

    def json(self, *, empty_is_object: bool = False) -> dict[str, Any]:
        """The JSON object of the body. Raises InvalidRequest, UnsupportedMediaType."""
        if empty_is_object and not self.body:
            return {}
        if self.content_type != JSON:
            raise UnsupportedMediaType(f"send the body as {JSON}", reason="unsupported_media_type")
        return parse_json_object(self.body)

    def bearer(self) -> str:
        """The bearer credential (RFC 6750 section 2.1), or an empty string."""
        scheme, _, credential = self.authorization.partition(" ")
        return credential.strip() if scheme.lower() == "bearer" else ""


def parse_form(data: bytes) -> dict[str, str]:
    """Read `application/x-www-form-urlencoded`. Raises InvalidRequest for repeats, NULs and invalid UTF-8."""
    parameters: dict[str, str] = {}
    if not data:
        return parameters
    is_plain = b"%" not in data and b"+" not in data
    try:
        for pair in data.decode("utf-8").split("&"):
            if not pair:
                continue
            name, _, value = pair.partition("=")
            if not is_plain:
                name, value = _unquote(name), _unquote(value)
            if name in parameters:
                raise InvalidRequest("a parameter is given more than once", reason="repeated_parameter")
            parameters[name] = value
    except UnicodeDecodeError as e:
        raise InvalidRequest("the parameters are not valid UTF-8", reason="invalid_encoding") from e
    if b"\0" in data or (not is_plain and any("\0" in f"{name}{value}" for name, value in parameters.items())):
        raise InvalidRequest("a parameter holds a NUL character", reason="nul_character")
    return parameters


def _unquote(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def parse_json_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object (RFC 8259). Raises InvalidRequest for repeats, depth, NULs and invalid text."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        # Escapes can spell half a character, which no database and no answer could write down.
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
    except (ValueError, RecursionError) as e:
        raise InvalidRequest("the body is not valid JSON", reason="invalid_json") from e
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object", reason="invalid_json")
    # A backslash of the text itself is written twice, and is none of an escape.
    if "\\u0000" in text.replace("\\\\", ""):
        raise InvalidRequest("a parameter holds a NUL character", reason="nul_character")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest("a parameter is given more than once", reason="repeated_parameter")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _only_strings(parameters: dict[str, Any]) -> dict[str, str]:
    for value in parameters.values():
        if value is not None and not isinstance(value, str):
            raise InvalidRequest("every parameter must be a string", reason="parameter_not_a_string")
    return {name: value for name, value in parameters.items() if value is not None}
