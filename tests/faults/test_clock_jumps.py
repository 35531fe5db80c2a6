"""A server's clock jumps, forwards and backwards, while clients log in and refresh; and what is left afterwards."""

import pytest
from tests.conftest import StartServer
from tests.support.clock import Clock
from tests.support.server import Server
from tests.support.traffic import Traffic

HOUR, DAY = 3600, 86400
# As an update by the time service makes them: within every span that a client is given.
SMALL = [30, -30, -45, 20, 25, -10]
# As after a restored snapshot, or a wrong battery: beyond the life of a code, an access token, the retry window.
LARGE = [HOUR, -2 * HOUR, 3 * DAY, -3 * DAY, -HOUR]


async def live_on(server: Server) -> None:
    """Do at once what a process does in the background: what a wrong clock deletes stays deleted."""
    await server.app.background.rotate()
    await server.app.background.clean_up()


async def test_small_jumps_amid_the_traffic_cost_nobody_anything(start_server: StartServer, clock: Clock) -> None:
    server = await start_server()
    async with Traffic(server, await server.make_client()) as traffic:
        for seconds in SMALL:
            await traffic.answers(40)
            clock.advance(seconds)
            await live_on(server)
        await traffic.answers(40)
    assert not [login for login in traffic.logins if login.refused]
    await traffic.settle(server.backend)


async def test_after_a_large_jump_whoever_was_answered_goes_on(start_server: StartServer, clock: Clock) -> None:
    server = await start_server()
    client = await server.make_client()
    logins = [await server.log_in(client)]
    for seconds in LARGE:
        # Whoever is in the midst of asking for the same thing twice when hours go by is a thief to any rule. So what
        # is under way comes to its end first.
        async with Traffic(server, client) as traffic:
            await traffic.answers(40)
        await traffic.settle(server.backend)
        clock.advance(seconds)
        await live_on(server)
        for login in logins:
            renewed = await server.refresh(client, login["refresh_token"])
            assert await server.is_live(renewed["access_token"])
            login["refresh_token"] = renewed["refresh_token"]
        logins.append(await server.log_in(client))
    async with Traffic(server, client) as traffic:
        await traffic.answers(40)
    await traffic.settle(server.backend)


@pytest.mark.parametrize("seconds", LARGE)
async def test_what_was_used_stays_used_wherever_the_clock_jumps(
    start_server: StartServer, clock: Clock, seconds: int
) -> None:
    server = await start_server()
    client = await server.make_client()
    code = await server.approve(client)
    first = await server.exchange(client, code)
    second = await server.refresh(client, first["refresh_token"])
    third = await server.refresh(client, second["refresh_token"])
    clock.advance(seconds)
    await live_on(server)
    stolen = await server.rotate(client, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    # It was recognised as a replay, and not only refused.
    assert (await server.rotate(client, third["refresh_token"])).status_code == 400
    assert (await server.redeem(client, code)).status_code == 400


async def test_a_process_whose_clock_is_wrong_for_a_while_ends_nobody_elses_logins(
    start_server: StartServer, clock: Clock
) -> None:
    here = await start_server()
    there = await start_server(backend=here.backend, own_clock=Clock(clock.now))
    client = await here.make_client()
    async with Traffic(here, client) as traffic:
        for seconds in (DAY, -2 * DAY, DAY):
            there.clock.advance(seconds)
            async with Traffic(there, client) as elsewhere:
                await elsewhere.answers(20)
                await traffic.answers(20)
            await there.app.background.rotate()
            await elsewhere.settle(here.backend)
    await traffic.settle(here.backend)
