"""`kill -9` in the middle of a load of exchanges and refreshes, and what is left when the server comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, VERIFIER, Client
from tests.support.api import FORM, Api, body_of
from tests.support.real_server import RealServer
from tests.support.server import API_KEY, settings_for

from grantwell.app import server_of
from grantwell.protocol.lineage_token import read_lineage_token, write_lineage_token
from grantwell.storage.sqlite import open_sqlite

LOGINS = 48
ANSWERS_BEFORE_THE_END = (30, 130)


@dataclass
class Login:
    """What one client instance has been told, and what it was asking when the server died."""

    code: str
    tokens: list[str] = field(default_factory=list)
    asking: bool = False

    @property
    def newest(self) -> str:
        return self.tokens[-1]


class Load:
    """Logins that exchange their codes and refresh as fast as they can, until the server dies at a given answer."""

    def __init__(self, server: RealServer, api: Api, client: Client, logins: list[Login]) -> None:
        self.server = server
        self.api = api
        self.client = client
        self.logins = logins
        self.missing = 0

    async def run_until(self, answers: int) -> None:
        self.missing = answers
        await asyncio.gather(*[self._use(login) for login in self.logins])

    async def _use(self, login: Login) -> None:
        try:
            while True:
                login.asking = True
                if login.tokens:
                    answer = await self.api.rotate(self.client, login.newest)
                else:
                    answer = await self.api.redeem(self.client, login.code)
                login.tokens.append(body_of(answer)["refresh_token"])
                login.asking = False
                self.missing -= 1
                if self.missing == 0:
                    # At once, while the answers to the rest of the same commit are still on their way.
                    self.server.kill()
        except httpx.TransportError:
            return


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[tuple[RealServer, Api]]:
    server = await asyncio.to_thread(RealServer, directory)
    limits = httpx.Limits(max_connections=LOGINS)
    try:
        async with httpx.AsyncClient(base_url=server.origin, limits=limits, timeout=30) as http:
            yield server, Api(http, API_KEY)
    finally:
        server.stop()


async def heads_in_the_store(directory: Path, codes: list[str]) -> list[str]:
    """For each code, the string that the store holds as its lineage's newest, worked out as the server would."""
    secrets = server_of(settings_for(directory)).secrets
    backend = open_sqlite(directory / "grantwell.db", lock=False)
    try:
        heads = []
        for code in codes:
            read = read_lineage_token(code)
            assert read is not None
            lineage = (await backend.redemption("", read.lineage_id)).lineage
            assert lineage is not None
            heads.append(write_lineage_token(lineage, lineage.generation, secrets.lineage))
        return heads
    finally:
        await backend.close()


@requirement("kill.nothing-acknowledged-is-lost")
@requirement("kill.nothing-consumed-without-an-answer")
async def test_a_kill_loses_nothing_that_was_answered_and_consumes_nothing_without_an_answer_in_the_store(
    tmp_path: Path,
) -> None:
    cut_off = 0
    for number, answers in enumerate(ANSWERS_BEFORE_THE_END):
        async with running(tmp_path) as (server, api):
            client = await api.make_client(name=f"round {number}")
            logins = [Login(await api.approve(client)) for _ in range(LOGINS)]
            await Load(server, api, client, logins).run_until(answers)
        assert sum(len(login.tokens) for login in logins) >= answers
        cut_off += sum(login.asking for login in logins)

        heads = await heads_in_the_store(tmp_path, [login.code for login in logins])
        async with running(tmp_path) as (_, api):
            listed = body_of(await api.manage("GET", "/oauth_clients"))["data"]
            assert client.client_id in {each["client_id"] for each in listed}
            for login, head in zip(logins, heads, strict=True):
                await assert_goes_on(api, client, login, head)
    assert cut_off > 0


async def assert_goes_on(api: Api, client: Client, login: Login, head: str) -> None:
    """Whoever was told something goes on with it; whoever lost an answer asks again, or finds it in the store."""
    if login.tokens:
        assert (await api.rotate(client, login.newest)).status_code == 200
    elif head == login.code:
        assert (await api.redeem(client, login.code)).status_code == 200
    else:
        assert (await api.rotate(client, head)).status_code == 200


async def ask_and_hang_up(origin: str, body: dict[str, str]) -> None:
    """Send a token request, and leave as soon as the answer begins to come."""
    parts = urlsplit(origin)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    form = urlencode(body).encode()
    head = f"POST /v2/oauth/token HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {FORM}\r\n"
    writer.write(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form)
    assert await reader.read(1) == b"H"
    writer.transport.abort()


@requirement("kill.nothing-consumed-without-an-answer")
async def test_an_answer_that_nobody_has_read_is_in_the_store_after_a_kill(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, api):
        client = await api.make_client()
        code, other_code = await api.approve(client), await api.approve(client)
        old = (await api.exchange(client, other_code))["refresh_token"]
        exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        await ask_and_hang_up(server.origin, client.credentials | exchange | {"code_verifier": VERIFIER})
        await ask_and_hang_up(server.origin, client.credentials | {"grant_type": "refresh_token", "refresh_token": old})
        server.kill()
    bought, successor = await heads_in_the_store(tmp_path, [code, other_code])
    assert bought != code
    assert successor != old
    async with running(tmp_path) as (_, api):
        assert (await api.refresh(client, old))["refresh_token"] == successor
        for head in (bought, successor):
            assert (await api.rotate(client, head)).status_code == 200


@requirement("kill.graceful")
async def test_a_server_that_is_told_to_stop_answers_what_it_has_begun_and_leaves_no_log_behind(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, api):
        client = await api.make_client()
        logins = [Login(await api.approve(client)) for _ in range(8)]
        exchanges = [asyncio.create_task(api.redeem(client, login.code)) for login in logins]
        done, _ = await asyncio.wait(exchanges, return_when=asyncio.FIRST_COMPLETED)
        assert await asyncio.to_thread(server.stop) == 0
        answers = await asyncio.gather(*exchanges, return_exceptions=True)
    told = [answer for answer in answers if isinstance(answer, httpx.Response)]
    assert len(told) >= len(done)
    assert {answer.status_code for answer in told} == {200}
    assert not (tmp_path / "grantwell.db-wal").exists()
    async with running(tmp_path) as (_, api):
        for answer in told:
            assert (await api.rotate(client, answer.json()["refresh_token"])).status_code == 200
