"""`client.get`, `post`, `put`, `delete`: what a server can do beyond the operations; same errors, same retries."""

from collections.abc import Mapping
from typing import Any, Unpack

from grantwell.sdk.calls import operation
from grantwell.sdk.pagination import Sends, SendsAsync
from grantwell.sdk.requests import CallOptions, Encoding, Request
from grantwell.sdk.responses import as_whatever_it_is
from grantwell.sdk.settings import Settings


def to_path(
    method: str, path: str, options: CallOptions, body: Mapping[str, object] | None = None, encoding: Encoding = "json"
) -> Request[Any]:
    """A request to a path below the base URL.

    Raises:
        ValueError: the path is an address, or could be taken for one: the API key would go there.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("path must begin with one slash: it is below the client's base_url")
    name = f"client.{method.lower()}"
    return Request(
        name,
        method,
        path,
        as_whatever_it_is,
        body=body,
        encoding=encoding,
        repeatable=method != "POST",
        options=options,
    )


class Verbs:
    """What both clients have beyond the operations.

    Each verb returns the answer's body: decoded where it is JSON, else its text, or None where there is none.
    """

    _connection: Sends | SendsAsync

    @property
    def settings(self) -> Settings:
        """What the client was made with."""
        return self._connection.settings

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"

    @operation
    def get(self, path: str, **options: Unpack[CallOptions]) -> Request[Any]:
        """GET a path below the base URL; query parameters go into `extra_query`."""
        return to_path("GET", path, options)

    @operation
    def post(
        self,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        encoding: Encoding = "json",
        **options: Unpack[CallOptions],
    ) -> Request[Any]:
        """POST to a path below the base URL, a JSON object or a form."""
        return to_path("POST", path, options, body, encoding)

    @operation
    def put(
        self, path: str, *, body: Mapping[str, object] | None = None, **options: Unpack[CallOptions]
    ) -> Request[Any]:
        """PUT a JSON object to a path below the base URL."""
        return to_path("PUT", path, options, body)

    @operation
    def delete(self, path: str, **options: Unpack[CallOptions]) -> Request[Any]:
        """DELETE a path below the base URL."""
        return to_path("DELETE", path, options)
