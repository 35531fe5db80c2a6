"""Two processes on one database whose clocks are half a minute apart."""

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.api import data_of
from tests.support.clock import Clock
from tests.support.server import Server

Pair = tuple[Server, Server]


@pytest.fixture(params=[30, -30], ids=["ahead", "behind"])
async def pair(request: pytest.FixtureRequest, start_server: StartServer, clock: Clock) -> Pair:
    """A server, and one beside it whose clock is 30 s ahead, or behind."""
    here = await start_server()
    there = await start_server(backend=here.backend, own_clock=Clock(clock.now + request.param))
    return here, there


@requirement("attacks.clocks-apart")
async def test_a_whole_login_passes_between_two_processes(pair: Pair) -> None:
    here, there = pair
    client = await here.make_client()
    consent_token = await there.consent_token(client)
    shown = await here.manage("GET", f"/oauth/consent/{consent_token}")
    assert data_of(shown)["client_id"] == client.client_id
    code = await there.approve(client)
    tokens = await here.exchange(client, code)
    assert await there.is_live(tokens["access_token"])
    renewed = await there.refresh(client, tokens["refresh_token"])
    assert await here.is_live(renewed["access_token"])
    assert (await here.rotate(client, renewed["refresh_token"])).status_code == 200


@requirement("attacks.clocks-apart")
async def test_a_lost_answer_is_asked_for_again_at_the_other_process(pair: Pair) -> None:
    here, there = pair
    client = await here.make_client()
    token = (await here.log_in(client))["refresh_token"]
    first = await here.refresh(client, token)
    again = await there.refresh(client, token)
    assert again["refresh_token"] == first["refresh_token"]


@requirement("attacks.clocks-apart")
async def test_a_replay_at_the_other_process_is_a_replay(pair: Pair) -> None:
    here, there = pair
    client = await here.make_client()
    stolen = (await here.log_in(client))["refresh_token"]
    second = (await here.refresh(client, stolen))["refresh_token"]
    await there.refresh(client, second)
    assert (await there.rotate(client, stolen)).status_code == 400
    assert (await here.rotate(client, second)).status_code == 400


@requirement("attacks.clocks-apart-keys")
async def test_a_rotated_key_fails_no_token_at_the_other_process(pair: Pair) -> None:
    here, there = pair
    client = await here.make_client()
    for each in pair:
        each.clock.advance(90 * 86400)
    await here.app.background.rotate()
    # The other one has not read the keys again, and meets one that it does not know.
    for each in pair:
        each.clock.advance(3600)
    token = await here.client_token(client)
    assert await there.is_live(token)
    assert await here.is_live(await there.client_token(client))


@requirement("attacks.clocks-apart-keys")
async def test_two_processes_that_rotate_at_once_make_one_key(pair: Pair) -> None:
    import asyncio

    for each in pair:
        each.clock.advance(90 * 86400)
    await asyncio.gather(*[each.app.background.rotate() for each in pair])
    assert len(await pair[0].backend.signing_keys()) == 2


@requirement("attacks.clock-jump")
async def test_a_clock_that_jumps_back_ends_nothing(start_server: StartServer) -> None:
    server = await start_server()
    client = await server.make_client()
    tokens = await server.log_in(client)
    server.clock.advance(-3600)
    assert await server.is_live(tokens["access_token"])
    renewed = await server.refresh(client, tokens["refresh_token"])
    server.clock.advance(7200)
    assert (await server.rotate(client, renewed["refresh_token"])).status_code == 200
