"""From an operation's arguments to an HTTP request: values in, values out, for both clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypedDict, TypeVar
from urllib.parse import quote, urlencode

from grantwell.sdk.settings import Settings, Timeout

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
U = TypeVar("U")

Encoding: TypeAlias = Literal["json", "form"]


class CallOptions(TypedDict, total=False):
    """What every operation takes beside its own arguments, for one call.

    Attributes:
        extra_headers: sent as well; they win over all others, and None takes a header away.
        extra_query: query parameters, by their names on the wire; they win.
        extra_body: members of the body, by their names on the wire; they win.
        timeout: seconds, or an `httpx.Timeout`, or None for no limit.
        max_retries: how often to try again at most.
        follow_redirects: whether to go where the answer points (only `retrieve_authorize` does so of itself).
    """

    extra_headers: Mapping[str, str | None]
    extra_query: Mapping[str, object]
    extra_body: Mapping[str, object]
    timeout: Timeout
    max_retries: int
    follow_redirects: bool


OPTION_NAMES = frozenset(CallOptions.__annotations__)


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """One operation, called with its arguments: what to send, and how to read the answer.

    Attributes:
        operation: its name, which errors carry: `oauth.token`.
        method: the HTTP method.
        path: below the base URL, percent-encoded.
        read: makes the result of an answer of 2xx (or of 3xx that is not followed); raises `UnexpectedShape`.
        query: parameters; those that are None are left out.
        body: members; those that are None are left out. None is no body.
        encoding: of the body.
        accept: the media type asked for.
        authenticated: whether the API key goes along.
        repeatable: whether sending it twice does what sending it once does.
        follow_redirects: whether to go where the answer points.
        options: of this one call.
    """

    operation: str
    method: str
    path: str = field(repr=False)
    read: Callable[[httpx.Response], T] = field(repr=False)
    query: Mapping[str, object] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    encoding: Encoding = "json"
    accept: str = "application/json"
    authenticated: bool = True
    repeatable: bool = True
    follow_redirects: bool = False
    options: CallOptions = field(default_factory=CallOptions, repr=False)

    def __post_init__(self) -> None:
        """Refuses what is no option: a misspelt argument of an operation, which would do nothing."""
        if not self.options.keys() <= OPTION_NAMES:
            unknown = ", ".join(sorted(self.options.keys() - OPTION_NAMES))
            raise TypeError(f"{self.operation}() has no argument {unknown}")

    def read_by(self, read: Callable[[httpx.Response], U]) -> Request[U]:
        """The same with another reader of its answer."""
        whatever: Request[Any] = self
        return replace(whatever, read=read)

    def with_query(self, **parameters: object) -> Request[T]:
        """The same with these parameters instead of its own of the same name, whichever way they were given."""
        rest: Mapping[str, object] = self.options.get("extra_query", {})
        options = self.options | CallOptions(extra_query={k: v for k, v in rest.items() if k not in parameters})
        return replace(self, query={**self.query, **parameters}, options=options)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a request: the arguments of `httpx.Client.build_request`, and whether to follow redirects."""

    arguments: dict[str, Any] = field(repr=False)
    follow_redirects: bool


def compose(request: Request[Any], settings: Settings, retries: int) -> Attempt:
    """What goes over the wire.

    Args:
        request: the operation and its arguments.
        settings: the client's.
        retries: how many times it was sent before.
    """
    content = encode_body(request)
    query = encode_query({**request.query, **request.options.get("extra_query", {})})
    return Attempt(
        {
            "method": request.method,
            "url": settings.base_url + request.path + (f"?{query}" if query else ""),
            "headers": compose_headers(request, settings, retries, has_body=content is not None),
            "content": content,
            "timeout": request.options.get("timeout", settings.timeout),
        },
        request.options.get("follow_redirects", request.follow_redirects),
    )


def compose_headers(request: Request[Any], settings: Settings, retries: int, *, has_body: bool) -> dict[str, str]:
    """The headers by their names in lower case, so that whoever comes later wins."""
    own: dict[str, str | None] = {
        "accept": request.accept,
        "authorization": f"Bearer {settings.api_key}" if settings.api_key and request.authenticated else None,
        "content-type": CONTENT_TYPES[request.encoding] if has_body else None,
        "user-agent": settings.user_agent,
        # The name under which Grantwell, and Telnyx, recognise a repeated request.
        "x-stainless-retry-count": str(retries),
    }
    extra = request.options.get("extra_headers", {})
    merged = own | lower_names(settings.default_headers) | lower_names(extra)
    return {name: value for name, value in merged.items() if value is not None}


CONTENT_TYPES: Mapping[Encoding, str] = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def lower_names(headers: Mapping[str, str | None] | Mapping[str, str]) -> dict[str, str | None]:
    return {name.lower(): value for name, value in headers.items()}


def encode_body(request: Request[Any]) -> bytes | None:
    """The body, or None. A None in `extra_body` is sent as null; an argument that is None is not sent."""
    extra = request.options.get("extra_body")
    if request.body is None and not extra:
        return None
    members = {**given(request.body or {}), **(extra or {})}
    if request.encoding == "form":
        return encode_query(members).encode()
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def encode_query(parameters: Mapping[str, object]) -> str:
    """`application/x-www-form-urlencoded`: truth values as `true` and `false`, lists joined by commas, no None."""
    return urlencode({name: encode_value(value) for name, value in given(parameters).items()})


def encode_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(encode_value(each) for each in value)
    return str(value)


def given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def path_with(template: str, name: str, value: str) -> str:
    """The path with a value of the caller's put in as one segment, whatever it holds.

    Raises:
        ValueError: the value is empty or made of dots, and would be no segment.
    """
    if not value.strip("."):
        raise ValueError(f"{name} must not be empty or consist of dots")
    return template.format(quote(value, safe=""))
