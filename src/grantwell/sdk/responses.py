"""From an HTTP answer to an operation's result, or to the error that says why there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from grantwell.sdk.decoding import UnexpectedShape, decode
from grantwell.sdk.errors import APIStatusError, class_for, first_detail, text_or_none
from grantwell.sdk.requests import Request

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
U = TypeVar("U")

DESCRIPTION_CHARACTERS = 400


def is_an_end(request: Request[Any], response: httpx.Response) -> bool:
    """Whether an answer is one that the operation may end with: a yes, or where to go, if that is to be returned."""
    follow = request.options.get("follow_redirects", request.follow_redirects)
    return response.is_success or (response.is_redirect and request.follow_redirects and not follow)


def status_error(request: Request[Any], response: httpx.Response, attempts: int) -> APIStatusError:
    """The error for an answer that the operation may not end with."""
    body = body_of(response)
    message = f"{response.status_code} {explain(response, body)}{hint(request, response)}"
    if request_id := response.headers.get("x-request-id"):
        message += f" (request {printable(request_id)})"
    cls = class_for(response.status_code)
    return cls(message, operation=request.operation, response=response, body=body, attempts=attempts)


def explain(response: httpx.Response, body: object) -> str:
    """The server's own words; where there are none, what came instead."""
    fields = body if isinstance(body, dict) else {}
    code, description = text_or_none(fields.get("error")), text_or_none(fields.get("error_description"))
    words = ": ".join(each for each in (code, description or first_detail(fields)) if each)
    if words:
        return printable(words) + others(fields.get("errors"))
    if response.is_redirect:
        elsewhere = response.next_request.url if response.next_request else None
        return "redirected" + (f" to {elsewhere.scheme}://{elsewhere.host}: check base_url" if elsewhere else "")
    kind = response.headers.get("content-type", "no type").partition(";")[0]
    return f"{response.reason_phrase} (an answer of {len(response.content)} bytes, {printable(kind)})"


def others(problems: object) -> str:
    """That there is more to mend than what is told."""
    count = len(problems) if isinstance(problems, list) else 0
    return f" (1 of {count} problems, see `body`)" if count > 1 else ""


def hint(request: Request[Any], response: httpx.Response) -> str:
    """What may be wrong where nothing is found."""
    path = response.request.url.raw_path.partition(b"?")[0].decode()
    if response.status_code == 404 and path == request.path:
        return ": base_url has no path, and should probably end in /v2"
    return ""


def printable(text: str) -> str:
    """Text of the server's, fit for one line of an error."""
    return "".join(each if each.isprintable() else " " for each in text[:DESCRIPTION_CHARACTERS])


def body_of(response: httpx.Response) -> object:
    """The body: decoded where it is JSON, else its text."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return response.text


def json_of(response: httpx.Response) -> object:
    """The body, which must be JSON, decoded; raises `UnexpectedShape`."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        kind = response.headers.get("content-type", "no type").partition(";")[0]
        message = f"JSON ({len(response.content)} bytes of {printable(kind)} came)"
        raise UnexpectedShape(message, response.text).within("answer") from None


def as_json(kind: type[U]) -> Callable[[httpx.Response], U]:
    """Reads the answer as an object of `types`."""
    return lambda response: decode(kind, json_of(response), "answer")


def as_nothing(_: httpx.Response) -> None:
    """Reads nothing: the answer has no body worth reading."""


def as_text_or_location(response: httpx.Response) -> str:
    """Reads the page, or of a redirect that was not followed, where it points."""
    return response.headers["location"] if response.is_redirect else response.text


def as_whatever_it_is(response: httpx.Response) -> Any:
    """Reads decoded JSON, or text, or None where there is no body."""
    return body_of(response) if response.content else None
