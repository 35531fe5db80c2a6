"""Clients that log in and refresh without end, and do as clients should: what was not answered is asked again.

Each keeps account of what it was told. After whatever happened to the server meanwhile, `settle` compares the accounts
with what the server still honours and with what the database holds.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from tests.support.actors import Client
from tests.support.api import Api, body_of

from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.records import Lineage
from grantwell.protocol.store import Backend

CLIENTS = 6
# How often a client refreshes before it logs in anew.
REFRESHES = 12
# Every so many refreshes it asks twice at once, as two tabs do.
TWICE = 3
SECONDS_BETWEEN_ATTEMPTS = 0.02
Ask = Callable[[], Awaitable[httpx.Response]]


@dataclass
class Login:
    """What one client was told about one login. The first of its tokens is what the code has bought."""

    code: str
    tokens: list[str] = field(default_factory=list)
    access_token: str = ""
    # The code was answered with a refusal, after an attempt without an answer, or with 503: it had been redeemed.
    refused: bool = False

    @property
    def lineage_id(self) -> str:
        read = read_lineage_token(self.code)
        assert read is not None
        return read.lineage_id


class Traffic:
    """To be entered: the load goes on until the block ends. `api` speaks to the server by whatever way is there."""

    def __init__(self, api: Api, client: Client) -> None:
        self.api = api
        self.client = client
        self.logins: list[Login] = []
        self.successors: dict[str, set[str]] = defaultdict(set)
        self.answered = 0
        self.unanswered = 0
        self.unavailable = 0
        self._more = asyncio.Condition()
        self._ending = False

    async def __aenter__(self) -> "Traffic":
        self._clients = [asyncio.create_task(self._log_in_and_refresh()) for _ in range(CLIENTS)]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        self._ending = True
        if kind is not None:
            # Nobody knows whether there is still somebody to answer.
            for each in self._clients:
                each.cancel()
        await asyncio.gather(*self._clients, return_exceptions=kind is not None)

    async def answers(self, number: int, within: float = 60) -> None:
        """Return when so many further requests have been answered with tokens."""
        goal = self.answered + number
        async with asyncio.timeout(within), self._more:
            while self.answered < goal:
                for each in self._clients:
                    assert not each.done(), each.result()
                await self._more.wait()

    async def _log_in_and_refresh(self) -> None:
        try:
            while not self._ending:
                login = await self._log_in()
                for _ in range(REFRESHES if login.tokens else 0):
                    await self._refresh(login)
        finally:
            await self._note(0)

    async def _log_in(self) -> Login:
        login = Login(await self._approved())
        self.logins.append(login)
        answer, asked_again = await self._insist(lambda: self.api.redeem(self.client, login.code))
        if answer.status_code == 400:
            assert asked_again, answer.text
            login.refused = True
            return login
        await self._keep(login, answer)
        return login

    async def _approved(self) -> str:
        """An authorization code, by as many attempts as it takes."""
        while True:
            try:
                return await self.api.approve(self.client)
            except (httpx.TransportError, AssertionError):
                await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)

    async def _refresh(self, login: Login) -> None:
        presented = login.tokens[-1]
        times = 1 if len(login.tokens) % TWICE else 2

        async def ask() -> httpx.Response:
            return (await self._insist(lambda: self.api.rotate(self.client, presented)))[0]

        answers = await asyncio.gather(*(ask() for _ in range(times)))
        for answer in answers:
            self.successors[presented].add(body_of(answer)["refresh_token"])
        await self._keep(login, answers[0])

    async def _keep(self, login: Login, answer: httpx.Response) -> None:
        body = body_of(answer)
        login.tokens.append(body["refresh_token"])
        login.access_token = body["access_token"]
        await self._note(1)

    async def _note(self, answers: int) -> None:
        async with self._more:
            self.answered += answers
            self._more.notify_all()

    async def _insist(self, ask: Ask) -> tuple[httpx.Response, bool]:
        """Ask until there is an answer that is one; and whether that was not the first attempt."""
        asked_again = False
        while True:
            try:
                answer = await ask()
            except httpx.TransportError:
                self.unanswered += 1
            else:
                if answer.status_code < 500:
                    return answer, asked_again
                assert answer.status_code == 503, answer.text
                self.unavailable += 1
            asked_again = True
            await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)

    async def settle(self, backend: Backend) -> None:
        """Nothing that was acknowledged is lost, nothing was bought twice, no lineage has two heads."""
        assert {len(tokens) for tokens in self.successors.values()} == {1}
        bought = [login for login in self.logins if login.tokens]
        assert bought
        for login in self.logins:
            lineage = (await backend.redemption("", login.lineage_id)).lineage
            assert lineage is not None
            assert_agree(login, lineage)
        await asyncio.gather(*map(self._assert_goes_on, bought))

    async def _assert_goes_on(self, login: Login) -> None:
        assert await self.api.is_live(login.access_token)
        assert (await self.api.rotate(self.client, login.tokens[-1])).status_code == 200


def assert_agree(login: Login, lineage: Lineage) -> None:
    """The database holds exactly what the client was told, for everything it asked was answered in the end."""
    if login.refused:
        # The attempt that nobody answered had bought something: the second one looked like a thief's.
        assert (lineage.generation, lineage.revoked_at is not None) == (1, True)
    else:
        assert (lineage.generation, lineage.revoked_at) == (len(login.tokens), None)
