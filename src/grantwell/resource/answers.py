"""What a protected resource says over HTTP: its metadata (RFC 9728), and refusals with their challenge (RFC 6750 3)."""

import logging
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from grantwell.resource.discovery import RESOURCE_METADATA, well_known
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused
from grantwell.resource.rules import askable

log = logging.getLogger("grantwell.resource")

RETRY_AFTER_SECONDS = 5


class HttpAnswer(Struct, frozen=True):
    """A whole answer; its body is JSON."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def metadata_paths(resource: ProtectedResource) -> tuple[str, ...]:
    """Where clients look for the metadata: at the path that belongs to the resource's, then at the root."""
    suffixed = urlsplit(well_known(RESOURCE_METADATA, resource.rules.resource)).path
    return tuple(dict.fromkeys((suffixed, RESOURCE_METADATA)))


def metadata(resource: ProtectedResource) -> dict[str, Any]:
    """The metadata (RFC 9728 section 2)."""
    return {
        "resource": resource.rules.resource,
        "authorization_servers": [resource.rules.issuer],
        "bearer_methods_supported": ["header"],
        **({"scopes_supported": list(resource.scopes)} if resource.scopes else {}),
        **({"resource_name": resource.name} if resource.name else {}),
        **({"resource_documentation": resource.documentation} if resource.documentation else {}),
    }


def metadata_answer(resource: ProtectedResource) -> HttpAnswer:
    """The metadata, for whoever asks, from whatever page."""
    headers = (
        ("Cache-Control", "public, max-age=300"),
        ("Access-Control-Allow-Origin", "*"),
    )
    return HttpAnswer(200, headers, msgspec.json.encode(metadata(resource)))


def refusal_answer(resource: ProtectedResource, refusal: TokenRefused) -> HttpAnswer:
    """The answer to a request that is refused; the log is told why."""
    log.info("refused: %s", refusal.reason)
    headers = [("Cache-Control", "no-store")]
    if refusal.status == 503:
        headers.append(("Retry-After", str(RETRY_AFTER_SECONDS)))
    else:
        headers.append(("WWW-Authenticate", challenge(resource, refusal)))
    body = {"error": refusal.error, "error_description": str(refusal)}
    return HttpAnswer(refusal.status, tuple(headers), msgspec.json.encode(body))


def challenge(resource: ProtectedResource, refusal: TokenRefused) -> str:
    """The value of `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section 5.1)."""
    parameters = {"resource_metadata": well_known(RESOURCE_METADATA, resource.rules.resource)}
    scopes = askable(refusal.scopes)
    if scopes:
        parameters["scope"] = " ".join(scopes)
    # Whoever has sent no token at all has done nothing wrong yet (RFC 6750 section 3.1).
    if refusal.reason != "bearer_missing":
        parameters |= {"error": refusal.error, "error_description": str(refusal)}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())
