"""Where an authorization server has what an API needs (RFC 8414), and where an API describes itself (RFC 9728)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

SERVER_METADATA = "/.well-known/oauth-authorization-server"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Endpoints(Struct, frozen=True):
    """Where to ask: None for what is not needed, the empty string for what the server's metadata are to say."""

    jwks_uri: str | None
    introspection_endpoint: str | None

    @property
    def are_known(self) -> bool:
        """Whether the metadata need not be asked for."""
        return "" not in (self.jwks_uri, self.introspection_endpoint)


class ServerDocuments(Struct, frozen=True):
    """What an authorization server has answered. `jwks` is None where it was not asked for."""

    jwks: object
    introspection_endpoint: str | None
    cache_control: str = ""
    age: str = ""


class NoUsableAnswer(Exception):
    """The server did not answer, or not as it should. The text says how."""


def check_issuer(issuer: str) -> None:
    """Raises ValueError unless it is an issuer identifier (RFC 8414 section 2), on https but for loopback."""
    parts = urlsplit(issuer)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"issuer must be an address like https://auth.example.com, and is {issuer!r}")
    if not is_safe(issuer):
        raise ValueError(f"issuer must begin with https:// unless it is on this machine, and is {issuer!r}")


def is_safe(address: str) -> bool:
    """Whether nobody on the way can answer in its place."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def well_known(document: str, identifier: str) -> str:
    """Where a document about an identifier is: its path comes behind the document's (RFC 8414 3, RFC 9728 3.1)."""
    parts = urlsplit(identifier)
    return urlunsplit((parts.scheme, parts.netloc, document + parts.path.removesuffix("/"), parts.query, ""))


def read_server_metadata(metadata: object, issuer: str, wanted: Endpoints) -> Endpoints:
    """The endpoints that are wanted, where they are not known already.

    Raises NoUsableAnswer: metadata of another issuer (RFC 8414 section 3.3), or an endpoint that is missing or unsafe.
    """
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        said = metadata.get("issuer") if isinstance(metadata, dict) else None
        raise NoUsableAnswer(f"its metadata are of issuer {said!r}, not {issuer!r}")
    return Endpoints(
        _endpoint(metadata, "jwks_uri") if wanted.jwks_uri == "" else wanted.jwks_uri,
        _endpoint(metadata, "introspection_endpoint")
        if wanted.introspection_endpoint == ""
        else wanted.introspection_endpoint,
    )


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str) or not is_safe(address):
        raise NoUsableAnswer(f"its metadata have no {name} on https: {address!r}")
    return address
