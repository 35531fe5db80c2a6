"""Carries questions about tokens to the authorization server, and remembers its answers for a moment if it may."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import httpx

from grantwell.resource.introspection import Introspection, read_answer, request_about
from grantwell.sdk.tls import tls_context

log = logging.getLogger("grantwell.resource")

REMEMBERED = 4096

Said: TypeAlias = dict[str, Any]
# What became of an attempt: an answer, or why there is none.
Outcome: TypeAlias = httpx.Response | httpx.HTTPError


class Introspector:
    """One API's. Shared by threads, and by tasks of any event loop."""

    def __init__(self, introspection: Introspection, timeout_seconds: float, clock: Callable[[], float]) -> None:
        self._introspection = introspection
        self._timeout_seconds = timeout_seconds
        self._http: httpx.Client | None = None
        # Connections belong to the loop that they were made in.
        self._http_of: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
        self._lock = Lock()
        self.answers = Answers(introspection.cache_seconds, clock)

    def question(self, token: str, endpoint: str) -> "Question":
        """The question whether a token is live."""
        return Question(self, endpoint, request_about(token, self._introspection), token)

    def http(self) -> httpx.Client:
        """For those who block."""
        with self._lock:
            if self._http is None:
                self._http = httpx.Client(verify=tls_context(), timeout=self._timeout_seconds)
            return self._http

    def async_http(self) -> httpx.AsyncClient:
        """For the tasks of the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            http = self._http_of.get(loop)
            if http is None:
                http = httpx.AsyncClient(verify=tls_context(), timeout=self._timeout_seconds)
                self._http_of[loop] = http
            return http

    def close(self) -> None:
        """Close the connections of those who block."""
        with self._lock:
            http, self._http = self._http, None
        if http is not None:
            http.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        with self._lock:
            http = self._http_of.pop(asyncio.get_running_loop(), None)
        if http is not None:
            await http.aclose()


class Question:
    """Whether one token is live: what the server says of it, or None if it did not say."""

    def __init__(self, introspector: Introspector, endpoint: str, arguments: dict[str, Any], token: str) -> None:
        self._introspector = introspector
        self._endpoint = endpoint
        self._arguments = arguments
        self._token = token

    def wait(self) -> Said | None:
        """Ask, and block."""
        outcome = self._ask()
        return self._read(self._ask() if is_worth_repeating(outcome) else outcome)

    def _ask(self) -> Outcome:
        try:
            return self._introspector.http().post(self._endpoint, **self._arguments)
        except httpx.HTTPError as e:
            return e

    async def wait_async(self) -> Said | None:
        """The same without blocking."""
        outcome = await self._ask_async()
        return self._read(await self._ask_async() if is_worth_repeating(outcome) else outcome)

    async def _ask_async(self) -> Outcome:
        try:
            return await self._introspector.async_http().post(self._endpoint, **self._arguments)
        except httpx.HTTPError as e:
            return e

    def _read(self, outcome: Outcome) -> Said | None:
        if isinstance(outcome, httpx.HTTPError):
            log.warning("a token could not be introspected: %s", type(outcome).__name__)
            return None
        said = read_answer(outcome.status_code, outcome.content)
        if said is None:
            log.warning("a token could not be introspected: the server answered %d", outcome.status_code)
        else:
            self._introspector.answers.remember(self._token, said)
        return said


def is_worth_repeating(outcome: Outcome) -> bool:
    """Whether to ask once more. To ask does no harm, and a connection that was kept may have been closed meanwhile."""
    if isinstance(outcome, httpx.HTTPError):
        return isinstance(outcome, httpx.TransportError) and not isinstance(outcome, httpx.TimeoutException)
    return outcome.status_code >= 500


class Answers:
    """What the server said of live tokens, for a short while. Dead ones are not remembered: nobody pays for them."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._said: OrderedDict[str, tuple[float, Said]] = OrderedDict()

    def about(self, token: str) -> Said | None:
        """What was said, if that is not too long ago."""
        at, said = self._said.get(token, (0.0, None))
        return said if 0 <= self._clock() - at < self._seconds else None

    def remember(self, token: str, said: Said) -> None:
        """Keep an answer about a live token, and let go of the oldest if there are too many."""
        if self._seconds and said["active"] is True:
            with self._lock:
                self._said.pop(token, None)
                self._said[token] = (self._clock(), said)
                while len(self._said) > REMEMBERED:
                    self._said.popitem(last=False)
