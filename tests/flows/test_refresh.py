"""Refresh tokens: rotated at every use, forgiving to who lost an answer, and deadly to who stole one."""

from collections.abc import Awaitable, Callable

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.api import body_of
from tests.support.server import Server
from tests.support.wire import assert_refused_plainly

DAY = 86400
End = Callable[[Server, Client], Awaitable[None]]
RETRY = 600


@requirement("refresh.rotates")
@pytest.mark.parametrize("kind", ["confidential", "public", "registered"])
async def test_a_refresh_token_is_replaced_at_every_use_for_every_client(server: Server, kind: str) -> None:
    client = await (server.register_client() if kind == "registered" else server.make_client(client_type=kind))
    seen = [(await server.log_in(client))["refresh_token"]]
    for _ in range(3):
        seen.append((await server.refresh(client, seen[-1]))["refresh_token"])
    assert len(set(seen)) == 4


@requirement("refresh.lost-answer")
async def test_who_lost_the_answer_asks_again_and_gets_the_same_successor(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    first = await server.refresh(client, token)
    server.clock.advance(RETRY - 1)
    again = await server.refresh(client, token)
    assert again["refresh_token"] == first["refresh_token"]
    assert await server.is_live(again["access_token"])
    assert (await server.rotate(client, first["refresh_token"])).status_code == 200


@requirement("refresh.sdk-retry")
async def test_a_retry_of_an_sdk_does_not_end_the_session(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    body = {"grant_type": "refresh_token", "refresh_token": token} | client.credentials
    successor = ""
    for attempt in range(3):
        answer = await server.http.post("/v2/oauth/token", json=body, headers={"x-stainless-retry-count": str(attempt)})
        successor = body_of(answer)["refresh_token"]
    assert (await server.rotate(client, successor)).status_code == 200


@requirement("refresh.strict")
async def test_a_strict_server_forgives_nothing(start_server: StartServer) -> None:
    server = await start_server(retry_seconds=0)
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    tokens = await server.refresh(client, token)
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")
    assert_refused_plainly(await server.rotate(client, tokens["refresh_token"]), 400, "invalid_grant")
    assert not await server.is_live(tokens["access_token"])


@requirement("refresh.sliding")
async def test_each_refresh_gives_another_thirty_days(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    server.clock.advance(30 * DAY - 1)
    token = (await server.refresh(client, token))["refresh_token"]
    server.clock.advance(30 * DAY - 1)
    token = (await server.refresh(client, token))["refresh_token"]
    server.clock.advance(30 * DAY)
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")


@requirement("refresh.absolute")
async def test_after_ninety_days_a_person_approves_again_however_often_was_refreshed(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    for _ in range(4):
        server.clock.advance(20 * DAY)
        token = (await server.refresh(client, token))["refresh_token"]
    server.clock.advance(10 * DAY - 1)
    token = (await server.refresh(client, token))["refresh_token"]
    server.clock.advance(1)
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")


@requirement("refresh.scope-narrows")
async def test_a_refresh_narrows_the_scope_for_one_token_and_never_widens_it(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    client = await server.make_client(allowed_scopes=["admin", "read", "write"])
    tokens = await server.log_in(client, scope="read write")
    refused = await server.rotate(client, tokens["refresh_token"], scope="read admin")
    assert_refused_plainly(refused, 400, "invalid_scope")
    narrow = await server.refresh(client, tokens["refresh_token"], scope="read")
    assert narrow["scope"] == "read"
    wide = await server.refresh(client, narrow["refresh_token"])
    assert wide["scope"] == "read write"


@requirement("refresh.bound-to-client")
async def test_a_refresh_token_is_bound_to_its_client_and_trying_costs_its_owner_nothing(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    assert_refused_plainly(await server.rotate(other, token), 400, "invalid_grant")
    assert (await server.rotate(client, token)).status_code == 200


async def revoke_the_grant(server: Server, _client: Client) -> None:
    (grant,) = await server.grants()
    await server.manage("DELETE", f"/oauth_grants/{grant['id']}")


async def expire(server: Server, _client: Client) -> None:
    server.clock.advance(31 * DAY)


async def forget_the_lineage(server: Server, _client: Client) -> None:
    server.clock.advance(200 * DAY)
    await server.app.background.clean_up()


async def narrow_the_client(server: Server, client: Client) -> None:
    await server.manage("PUT", f"/oauth_clients/{client.client_id}", json={"name": "Another", "redirect_uris": []})


@requirement("refresh.dead")
@pytest.mark.parametrize("end", [revoke_the_grant, expire, forget_the_lineage])
async def test_a_dead_refresh_token_is_always_invalid_grant(server: Server, end: End) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    await end(server, client)
    for dead in (token, "gw_refresh_unheard-of", "x", "🙂"):
        assert_refused_plainly(await server.rotate(client, dead), 400, "invalid_grant")


@requirement("refresh.survives-edits")
async def test_editing_a_client_logs_nobody_out(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    await narrow_the_client(server, client)
    assert (await server.rotate(client, token)).status_code == 200


@requirement("refresh.survives-restart")
async def test_a_restart_loses_nothing(start_server: StartServer) -> None:
    server = await start_server()
    client = await server.make_client()
    tokens = await server.log_in(client)
    await server.stop()
    again = await start_server()
    assert await again.is_live(tokens["access_token"])
    assert (await again.rotate(client, tokens["refresh_token"])).status_code == 200
    assert len(await again.grants()) == 1
