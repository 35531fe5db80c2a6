"""Asks an authorization server for its metadata and its keys. Blocks; bounded in time and size."""

import time

import httpx
import msgspec

from grantwell import __version__
from grantwell.resource.discovery import (
    SERVER_METADATA,
    Endpoints,
    NoUsableAnswer,
    ServerDocuments,
    read_server_metadata,
    well_known,
)
from grantwell.sdk.tls import tls_context

MAXIMUM_BYTES = 1024 * 1024
HEADERS = {
    "Accept": "application/json",
    # Whoever looks for an unknown key wants to know what the server says, not what a proxy remembers.
    "Cache-Control": "no-cache",
    "User-Agent": f"grantwell-resource/{__version__}",
}


def fetch(issuer: str, endpoints: Endpoints, timeout_seconds: float) -> ServerDocuments:
    """What is wanted of a server: its keys, its introspection endpoint, or both. Raises NoUsableAnswer."""
    deadline = time.monotonic() + timeout_seconds
    try:
        with httpx.Client(verify=tls_context(), timeout=timeout_seconds, headers=HEADERS) as http:
            if not endpoints.are_known:
                metadata, _ = _get(http, well_known(SERVER_METADATA, issuer), deadline)
                endpoints = read_server_metadata(metadata, issuer, endpoints)
            if endpoints.jwks_uri is None:
                return ServerDocuments(None, endpoints.introspection_endpoint)
            jwks, headers = _get(http, endpoints.jwks_uri, deadline)
    except (httpx.HTTPError, httpx.InvalidURL) as e:
        raise NoUsableAnswer(f"{type(e).__name__}: {e}") from e
    cached = headers.get("cache-control", ""), headers.get("age", "")
    return ServerDocuments(jwks, endpoints.introspection_endpoint, *cached)


def _get(http: httpx.Client, address: str, deadline: float) -> tuple[object, httpx.Headers]:
    body = bytearray()
    with http.stream("GET", address) as answer:
        if answer.status_code != 200:
            raise NoUsableAnswer(f"{address} answered {answer.status_code}")
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > MAXIMUM_BYTES or time.monotonic() > deadline:
                raise NoUsableAnswer(f"{address} answered with too much, or too slowly")
    try:
        return msgspec.json.decode(body), answer.headers
    except (ValueError, RecursionError) as e:
        raise NoUsableAnswer(f"{address} did not answer with JSON") from e
