"""Rate limits: what is limited, by whom it is counted, and what a limited caller is told."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.api import Api
from tests.support.server import EMAIL, PASSWORD, Server
from tests.support.wire import assert_refused

Ask = Callable[[Api, Client], Awaitable[httpx.Response]]


async def register(api: Api, _client: Client) -> httpx.Response:
    return await api.register()


async def introspect(api: Api, client: Client) -> httpx.Response:
    return await api.http.post("/v2/oauth/introspect", data=client.credentials | {"token": "x"})


async def see_consent(api: Api, _client: Client) -> httpx.Response:
    return await api.manage("GET", "/oauth/consent/x")


async def sign_in(api: Api, _client: Client) -> httpx.Response:
    return await api.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})


async def fail_to_authenticate(api: Api, client: Client) -> httpx.Response:
    return await api.token(client.with_secret("wrong"), "client_credentials")


@requirement("limits.answer")
@pytest.mark.parametrize(
    ("name", "ask", "before"),
    [
        ("register", register, 201),
        ("introspection", introspect, 200),
        ("consent", see_consent, 422),
        ("sign_in_account", sign_in, 201),
        ("sign_in_address", sign_in, 201),
        ("client_authentication", fail_to_authenticate, 401),
    ],
)
async def test_beyond_a_limit_the_answer_is_429_and_says_when_to_come_back(
    start_server: StartServer, name: str, ask: Ask, before: int
) -> None:
    server = await start_server(rate_limits={name: "3/hour"})
    client = await server.make_client()
    assert [(await ask(server, client)).status_code for _ in range(3)] == [before] * 3
    answer = await ask(server, client)
    assert_refused(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@requirement("limits.off")
async def test_limits_can_be_switched_off(start_server: StartServer) -> None:
    server = await start_server(rate_limits="off")
    assert {(await server.register()).status_code for _ in range(110)} == {201}


@requirement("limits.defaults")
async def test_registration_is_limited_by_address_without_anybody_asking(start_server: StartServer) -> None:
    server = await start_server(rate_limits={})
    statuses = [(await server.register()).status_code for _ in range(101)]
    assert (statuses[99], statuses[100]) == (201, 429)
    assert (await server.from_address("198.51.100.7").register()).status_code == 201


@requirement("limits.failures")
async def test_failed_authentications_lock_out_the_address_that_failed_and_not_the_client(
    start_server: StartServer,
) -> None:
    server = await start_server(rate_limits={"client_authentication": "3/hour"})
    client = await server.make_client()
    attacker = server.from_address("198.51.100.7")
    assert [(await fail_to_authenticate(attacker, client)).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert (await attacker.token(client, "client_credentials")).status_code == 429
    assert (await server.token(client, "client_credentials")).status_code == 200


@requirement("limits.introspection-by-client")
async def test_a_stranger_does_not_use_up_a_clients_introspections(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"introspection": "3/hour"})
    client = await server.make_client()
    attacker = server.from_address("198.51.100.7")
    for _ in range(5):
        await introspect(attacker, client.with_secret("wrong"))
    assert (await introspect(server, client)).status_code == 200


@requirement("limits.sign-in")
async def test_a_stranger_does_not_lock_a_person_out(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"sign_in_account": "3/hour"})
    attacker = server.from_address("198.51.100.7")
    guess = {"email": EMAIL, "password": "guess"}
    statuses = [(await attacker.http.post("/v2/sessions", json=guess)).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert (await sign_in(server, Client("", None))).status_code == 201


@requirement("limits.proxies")
async def test_an_address_is_believed_of_listed_proxies_only(start_server: StartServer) -> None:
    lone = await start_server(rate_limits={"register": "2/hour"})
    assert await registrations(lone, ["203.0.113.1", "203.0.113.2", "203.0.113.3"]) == [201, 201, 429]
    behind = await start_server(
        backend=lone.backend, rate_limits={"register": "2/hour"}, trusted_proxies=["192.0.2.0/24"]
    )
    assert await registrations(behind, ["203.0.113.1", "203.0.113.2", "203.0.113.3"]) == [201, 201, 201]
    # What stands before the first stranger, that stranger may have written.
    forged = [f"203.0.113.{number}, 198.51.100.7" for number in range(10, 13)]
    assert await registrations(behind, forged) == [201, 201, 429]


@requirement("limits.proxies")
async def test_proxies_that_write_a_line_each_have_written_one_list(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"register": "2/hour"}, trusted_proxies=["192.0.2.0/24"])
    for client, status in (("203.0.113.1", 201), ("203.0.113.2", 201), ("203.0.113.1", 201), ("203.0.113.1", 429)):
        lines = [("X-Forwarded-For", "198.51.100.9"), ("X-Forwarded-For", client), ("X-Forwarded-For", "192.0.2.7")]
        assert (await server.http.post("/v2/oauth/register", json={}, headers=lines)).status_code == status


async def registrations(server: Server, forwarded: list[str]) -> list[int]:
    return [
        (await server.http.post("/v2/oauth/register", json={}, headers={"X-Forwarded-For": each})).status_code
        for each in forwarded
    ]
