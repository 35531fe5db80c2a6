"""How a token is judged, step by step, whoever waits and however: the one description that both ways of calling share.

A judgement is a generator. It yields what must be waited for, is sent what came of it, and returns the token, or raises
`TokenRefused`. `protected_resource` runs it, once blocking and once with `await`.
"""

import re
from collections.abc import Callable, Collection, Generator
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from grantwell.protocol.access_token import MAXIMUM_LENGTH
from grantwell.resource.access_token import (
    AccessToken,
    access_token,
    header_of,
    read_claims,
    read_signed,
    refuse_header,
)
from grantwell.resource.introspection import refuse_answer
from grantwell.resource.introspector import Introspector
from grantwell.resource.known_server import KnownServer
from grantwell.resource.public_keys import PublicKey
from grantwell.resource.refusals import TokenRefused
from grantwell.resource.rules import Rules, refuse_claims, refuse_times, with_implied, words_for

# How many genuine tokens are remembered as such; about 2 KiB each.
REMEMBERED = 4096
# RFC 6750 section 2.1.
B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Wait(Protocol):
    """Something to be waited for."""

    def wait(self) -> Any:
        """Block until then; what came of it."""

    async def wait_async(self) -> Any:
        """The same without blocking."""


Judgement: TypeAlias = Generator[Wait, Any, AccessToken]


class Judge:
    """Judges tokens for one API.

    Args:
        rules: what a token must say.
        server: whose tokens they are.
        introspector: asks the server about tokens; None where signatures alone decide.
        only_for: the scopes for which the server is asked; none is all, and then signatures do not matter.
        clock: the time in seconds since 1970.
    """

    def __init__(
        self,
        rules: Rules,
        server: KnownServer,
        introspector: Introspector | None,
        only_for: Collection[str],
        clock: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._server = server
        self._introspector = introspector
        self._only_for = frozenset(only_for)
        self._clock = clock
        # Signatures don't go stale. What raises is not remembered: forged ones crowd no genuine one out.
        self._believe = lru_cache(maxsize=REMEMBERED)(self._judge_signed)

    def judge(self, text: str, scopes: Collection[str]) -> Judgement:
        """Judge a token for a request that needs these scopes. Raises TokenRefused."""
        try:
            if not text:
                raise TokenRefused(reason="bearer_missing")
            return (yield from self._judge(text, frozenset(scopes)))
        except TokenRefused as refusal:
            refusal.scopes = tuple(scopes)
            raise

    def _judge(self, text: str, needed: frozenset[str]) -> Judgement:
        introspector = self._introspector
        if introspector is not None and not self._only_for:
            token = yield from self._by_introspection(text, introspector)
        else:
            token = yield from self._by_signature(text)
            if introspector is not None and self._is_delicate(token, needed):
                token = yield from self._by_introspection(text, introspector)
        if not needed <= token.scopes:
            raise TokenRefused(reason="scope_missing")
        return token

    def _is_delicate(self, token: AccessToken, needed: frozenset[str]) -> bool:
        """By the scopes that the request needs; by those that the token has, where the API looks at them by itself."""
        return not self._only_for.isdisjoint(needed or token.scopes)

    def _by_signature(self, text: str) -> Judgement:
        header = header_of(text)
        if header is None:
            raise TokenRefused(reason="token_malformed")
        key = self._server.key(header.kid)
        waiting = self._server.must_wait(found=key is not None)
        if waiting is not None:
            yield waiting
            key = self._server.key(header.kid)
        if not self._server.is_usable() or (key is None and self._server.known.failed):
            raise TokenRefused(reason="keys_unavailable")
        refusal = refuse_header(header, key)
        if refusal is not None or key is None:
            raise TokenRefused(reason=refusal or "token_unknown_key")
        return self._in_time(self._believe(text, key))

    def _judge_signed(self, text: str, key: PublicKey) -> AccessToken:
        said = read_signed(text, key)
        if said is None:
            raise TokenRefused(reason="token_wrong_signature")
        return self._for_us(said)

    def _by_introspection(self, text: str, introspector: Introspector) -> Judgement:
        if len(text) > MAXIMUM_LENGTH or not B64TOKEN.fullmatch(text):
            raise TokenRefused(reason="token_malformed")
        said = introspector.answers.about(text)
        if said is None:
            said = yield introspector.question(text, (yield from self._endpoint()))
        if said is None:
            raise TokenRefused(reason="introspection_unavailable")
        refusal = refuse_answer(said)
        if refusal is not None:
            raise TokenRefused(reason=refusal)
        # The server answers about its own tokens alone, and may leave out that they are.
        return self._in_time(self._for_us({"iss": self._rules.issuer} | said))

    def _endpoint(self) -> Generator[Wait, Any, str]:
        waiting = self._server.must_wait(found=bool(self._server.known.introspection_endpoint))
        if waiting is not None:
            yield waiting
        endpoint = self._server.known.introspection_endpoint
        if not endpoint or not self._server.is_usable():
            raise TokenRefused(reason="introspection_unavailable")
        return endpoint

    def _for_us(self, said: dict[str, Any]) -> AccessToken:
        claims = read_claims(said)
        if claims is None:
            raise TokenRefused(reason="token_malformed")
        refusal = refuse_claims(claims, self._rules)
        if refusal is not None:
            raise TokenRefused(reason=refusal, words=words_for(refusal, claims, self._rules))
        return access_token(claims, said, with_implied(claims.scope.split(" "), self._rules.implied_scopes))

    def _in_time(self, token: AccessToken) -> AccessToken:
        refusal = refuse_times(token, self._clock(), self._rules.leeway_seconds)
        if refusal is not None:
            raise TokenRefused(reason=refusal)
        return token
