"""Getting around the rate limits: with many addresses, and by making the server forget."""

from collections.abc import Awaitable, Callable

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.api import Api
from tests.support.server import EMAIL

from grantwell.asgi import windows

NEIGHBOURS = [f"2001:db8:1:2:{number}::{number}" for number in range(4)]
ANOTHER_NETWORK = "2001:db8:1:3::1"


async def guess(api: Api, email: str = EMAIL) -> int:
    return (await api.http.post("/v2/sessions", json={"email": email, "password": "guess"})).status_code


async def register(api: Api) -> int:
    return (await api.register()).status_code


@pytest.mark.parametrize(
    ("name", "ask", "before"),
    [("register", register, 201), ("sign_in_account", guess, 401), ("sign_in_address", guess, 401)],
)
@requirement("attacks.many-addresses")
async def test_all_the_addresses_of_one_ipv6_subscriber_count_as_one(
    start_server: StartServer, name: str, ask: Callable[[Api], Awaitable[int]], before: int
) -> None:
    server = await start_server(rate_limits={name: "3/hour"})
    statuses = [await ask(server.from_address(address)) for address in NEIGHBOURS]
    assert statuses == [before, before, before, 429]
    assert await ask(server.from_address(ANOTHER_NETWORK)) == before


@requirement("attacks.many-addresses")
async def test_a_client_is_not_guessed_at_from_many_addresses_of_one_subscriber(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"client_authentication": "3/hour", "introspection": "3/hour"})
    client = (await server.make_client()).with_secret("wrong")
    tried = [await server.from_address(address).token(client, "client_credentials") for address in NEIGHBOURS]
    assert [answer.status_code for answer in tried] == [401, 401, 401, 429]


@requirement("attacks.many-addresses")
async def test_ipv4_addresses_are_told_apart_however_they_are_written(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"register": "1/hour"})
    addresses = ["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.3", "::ffff:192.0.2.1"]
    assert [await register(server.from_address(address)) for address in addresses] == [201, 201, 201, 429]


@requirement("attacks.forgotten-limits")
async def test_a_flood_of_one_kind_makes_the_server_forget_no_limit_of_another(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MANY", 4)
    monkeypatch.setattr(windows, "MOST", 16)
    server = await start_server(
        rate_limits={"client_authentication": "3/hour", "register": "1/hour", "sign_in_account": "2/hour"}
    )
    client = (await server.make_client()).with_secret("wrong")
    assert [await register(server) for _ in range(2)] == [201, 429]
    assert [await guess(server) for _ in range(3)] == [401, 401, 429]
    for number in range(64):
        unheard_of = {"grant_type": "client_credentials", "client_id": f"{client.client_id}{number}"}
        assert (await server.http.post("/v2/oauth/token", data=unheard_of)).status_code == 401
    assert (await register(server), await guess(server)) == (429, 429)


@requirement("attacks.forgotten-limits")
async def test_who_guesses_at_many_accounts_makes_the_server_forget_no_other_guess(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MANY", 4)
    monkeypatch.setattr(windows, "MOST", 16)
    server = await start_server(rate_limits={"sign_in_account": "2/hour", "sign_in_address": "5/hour"})
    accomplice = server.from_address("198.51.100.7")
    assert [await guess(server) for _ in range(3)] == [401, 401, 429]
    statuses = [await guess(accomplice, f"nobody-{number}@example.com") for number in range(64)]
    assert statuses == [401] * 5 + [429] * 59
    assert (await guess(server), server.events[-1].reason) == (429, "limit_sign_in_account")
