"""What servers' certificates are checked against."""

from __future__ import annotations

import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The authorities that httpx trusts, read once a process: it takes longer than a call."""
    return httpx.create_ssl_context()
