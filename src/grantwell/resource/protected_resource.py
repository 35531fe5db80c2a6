"""`ProtectedResource`: an API or MCP server that admits the access tokens of one authorization server."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from grantwell.resource.access_token import AccessToken
from grantwell.resource.discovery import Endpoints, check_issuer
from grantwell.resource.fetching import fetch
from grantwell.resource.introspection import Introspection
from grantwell.resource.introspector import Introspector
from grantwell.resource.judging import Judge
from grantwell.resource.known_server import KnownServer
from grantwell.resource.rules import Rules, askable, spellings

OUTAGE_SECONDS = 6 * 3600


class ProtectedResource:
    """An API that admits access tokens of one authorization server (RFC 9728 calls it a protected resource).

    Make one for an API, and share it: threads and tasks may. It asks the server for its keys when it first needs them.

    Args:
        resource: the API's identifier, its address as clients know it: the audience of its tokens (RFC 8707).
        issuer: the authorization server's identifier, as in `https://auth.example.com`.
        scopes: those that the API knows, for its metadata.
        audiences: other identifiers that a token may be for, as after a move.
        implied_scopes: which scopes include others, as in `{"orders:write": ["orders:read"]}`.
        introspection: how to ask the server about tokens; without it their signature decides, and a revoked token
            is good until it expires.
        leeway_seconds: how far the clocks of the two may be apart.
        outage_seconds: how long the keys that are known are good while the server cannot be asked for new ones.
        timeout_seconds: how long a request to the server may take.
        jwks_uri: the address of the keys, if not the one in the server's metadata.
        name: what people call the API, for its metadata.
        documentation: the address of its documentation, for its metadata.
        clock: the time in seconds since 1970.

    Raises:
        ValueError: an identifier or an option that cannot be used.
    """

    def __init__(
        self,
        resource: str,
        *,
        issuer: str,
        scopes: Sequence[str] = (),
        audiences: Iterable[str] = (),
        implied_scopes: Mapping[str, Collection[str]] | None = None,
        introspection: Introspection | None = None,
        leeway_seconds: float = 30,
        outage_seconds: float = OUTAGE_SECONDS,
        timeout_seconds: float = 5,
        jwks_uri: str = "",
        name: str = "",
        documentation: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_issuer(issuer)
        self.rules = Rules(
            issuer, resource, spellings((resource, *audiences)), dict(implied_scopes or {}), leeway_seconds
        )
        self.scopes = askable(scopes)
        self.name = name
        self.documentation = documentation
        endpoints = _endpoints(introspection, jwks_uri)
        self._introspector = Introspector(introspection, timeout_seconds, clock) if introspection else None
        self._server = KnownServer(
            lambda: fetch(issuer, endpoints, timeout_seconds),
            clock,
            timeout_seconds=timeout_seconds,
            outage_seconds=outage_seconds,
        )
        only_for = introspection.only_for if introspection else ()
        self._judge = Judge(self.rules, self._server, self._introspector, only_for, clock)

    def verify(self, token: str, scopes: Collection[str] = ()) -> AccessToken:
        """What a token says, if it is good for a request that needs these scopes. Blocks where it must ask the server.

        Raises:
            TokenRefused: it is not, or nobody can tell now (`status` 503).
        """
        judgement = self._judge.judge(token, scopes)
        answer: Any = None
        try:
            while True:
                answer = judgement.send(answer).wait()
        except StopIteration as end:
            found: AccessToken = end.value
            return found

    async def verify_async(self, token: str, scopes: Collection[str] = ()) -> AccessToken:
        """The same without blocking. Raises TokenRefused."""
        judgement = self._judge.judge(token, scopes)
        answer: Any = None
        try:
            while True:
                answer = await judgement.send(answer).wait_async()
        except StopIteration as end:
            found: AccessToken = end.value
            return found

    def close(self) -> None:
        """Close the connections that `verify` has left open for introspection."""
        if self._introspector is not None:
            self._introspector.close()

    async def aclose(self) -> None:
        """Close those that `verify_async` has left open in this event loop."""
        if self._introspector is not None:
            await self._introspector.aclose()


def _endpoints(introspection: Introspection | None, jwks_uri: str) -> Endpoints:
    """What must be known of the server: its keys unless every token is asked about, the endpoint if any is."""
    by_signature = introspection is None or bool(introspection.only_for)
    return Endpoints(jwks_uri if by_signature else None, introspection.endpoint if introspection else None)
