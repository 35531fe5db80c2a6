"""Signing keys change while several processes serve, whose clocks differ: no token fails anywhere, at any moment."""

from collections import deque
from dataclasses import dataclass, field

import pytest
from tests.conftest import StartServer
from tests.support.actors import Client
from tests.support.api import body_of
from tests.support.clock import Clock
from tests.support.server import Server
from tests.support.tokens import header_of

from grantwell.app import key_policy

STEP = 30.0
DAY = 86400


@dataclass
class Process:
    """A server that reads the keys again only at every other step, and what its key set said of late."""

    server: Server
    reads_at: int
    published: deque[tuple[float, set[str]]] = field(default_factory=deque)

    async def live_on(self, step: int) -> None:
        """Do what a process does in the background, as late as it may."""
        self.server.clock.advance(STEP)
        await self.server.app.background.rotate()
        if step % 2 == self.reads_at:
            await self.server.app.driver.key_ring.reload()
        answer = await self.server.http.get("/v2/oauth/jwks")
        self.published.append((self.server.clock.now, {key["kid"] for key in body_of(answer)["keys"]}))
        while self.published[0][0] < self.server.clock.now - 300:
            self.published.popleft()


@pytest.fixture
async def processes(start_server: StartServer, clock: Clock) -> list[Process]:
    """Three on one database: one is 30 s ahead, one 30 s behind."""
    here = await start_server()
    beside = [await start_server(backend=here.backend, own_clock=Clock(clock.now + by)) for by in (30, -30)]
    return [Process(server, number % 2) for number, server in enumerate([here, *beside])]


def knows(published: deque[tuple[float, set[str]]], token: str) -> bool:
    """Whether whoever has fetched the key set at any moment of the last five minutes can verify this token."""
    return all(header_of(token)["kid"] in kids for _, kids in published)


async def test_a_token_verifies_everywhere_at_every_moment_of_a_rotation(processes: list[Process]) -> None:
    here = processes[0].server
    policy = key_policy(here.app.settings)
    client = await here.make_client()
    for each in processes:
        each.server.clock.advance(90 * DAY - policy.publish_ahead_seconds - 5 * STEP)
    steps = int((policy.publish_ahead_seconds + policy.token_seconds + 600) / STEP)
    signed: deque[tuple[float, str]] = deque()
    kids: list[str] = []
    for step in range(steps):
        for each in processes:
            await each.live_on(step)
        tokens = [await each.server.client_token(client) for each in processes]
        kids += [header_of(token)["kid"] for token in tokens]
        signed += [(here.clock.now, token) for token in tokens]
        # The newest ones, and those that are about to expire.
        while signed[0][0] < here.clock.now - policy.token_seconds + 60:
            signed.popleft()
        for token in (*tokens, signed[0][1]):
            await assert_verifies_everywhere(processes, client, token)
    assert len(set(kids)) == 2
    assert len(await here.backend.signing_keys()) == 2
    # The old one is published no more, for nothing is left that it has signed.
    assert {kid for each in processes for kid in each.published[-1][1]} == {kids[-1]}


async def assert_verifies_everywhere(processes: list[Process], client: Client, token: str) -> None:
    for each in processes:
        assert (await each.server.introspect(client, token))["active"]
        assert knows(each.published, token)


async def test_a_key_that_is_made_in_an_emergency_is_known_everywhere_at_its_first_token(
    processes: list[Process],
) -> None:
    """Made by command, it signs at once; the others have read the keys a moment ago."""
    from grantwell.protocol.key_rotation import make_signing_key, plan_rotation_by_hand

    here, ahead, _ = (each.server for each in processes)
    client = await here.make_client()
    for each in processes:
        await each.server.app.driver.key_ring.reload()
    rows = await here.backend.signing_keys()
    context = here.app.driver.context("test", "")
    new = plan_rotation_by_hand(rows, context.now, key_policy(here.app.settings), at_once=True)
    await here.backend.apply(make_signing_key(new, context))
    await ahead.app.driver.key_ring.reload()
    token = await ahead.client_token(client)
    assert header_of(token)["kid"] != rows[0].kid
    for each in processes:
        assert (await each.server.introspect(client, token))["active"]


async def test_nobody_can_have_the_keys_read_again_at_every_request(processes: list[Process]) -> None:
    here = processes[0].server
    client = await here.make_client()
    token = await here.client_token(client)
    unknown = forged(token)
    read = 0
    signing_keys = here.backend.signing_keys

    async def counted() -> object:
        nonlocal read
        read += 1
        return await signing_keys()

    here.backend.signing_keys = counted  # type: ignore[method-assign,assignment] # counts what really happens
    for _ in range(5):
        assert not (await here.introspect(client, unknown))["active"]
    assert read == 1
    here.clock.advance(11)
    assert not (await here.introspect(client, unknown))["active"]
    assert read == 2


def forged(token: str) -> str:
    """The token, as if another key had signed it."""
    from tests.support.tokens import reworded

    return reworded(token, header={"kid": "unheard-of"})
