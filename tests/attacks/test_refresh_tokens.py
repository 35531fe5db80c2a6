"""Refresh tokens with two holders: the honest one never loses, the other one is found out."""

import asyncio
from collections import Counter

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.server import Server
from tests.support.wire import assert_refused_plainly


async def assert_over(server: Server, client: Client, token: str) -> None:
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")
    (replay,) = [event for event in await server.audited() if event.kind == "lineage.replayed"]
    assert replay.reason == "refresh_token_replayed"


@requirement("attacks.old-token-after-successor")
async def test_an_old_token_after_its_successor_was_used_ends_the_lineage(server: Server) -> None:
    client = await server.make_client()
    stolen = (await server.log_in(client))["refresh_token"]
    second = await server.refresh(client, stolen)
    third = await server.refresh(client, second["refresh_token"])
    assert_refused_plainly(await server.rotate(client, stolen), 400, "invalid_grant")
    assert not await server.is_live(third["access_token"])
    await assert_over(server, client, third["refresh_token"])


@requirement("attacks.retry-window")
@pytest.mark.parametrize(
    ("retry_seconds", "at", "forgiven"), [(60, 59, True), (60, 61, False), (120, 119, True), (120, 122, False)]
)
async def test_a_retry_is_forgiven_within_the_window_and_theft_outside(
    start_server: StartServer, retry_seconds: int, at: int, forgiven: bool
) -> None:
    server = await start_server(retry_seconds=retry_seconds)
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    head = (await server.refresh(client, token))["refresh_token"]
    server.clock.advance(at)
    answer = await server.rotate(client, token)
    if forgiven:
        assert answer.json()["refresh_token"] == head
        assert (await server.rotate(client, head)).status_code == 200
    else:
        assert_refused_plainly(answer, 400, "invalid_grant")
        await assert_over(server, client, head)


@requirement("attacks.retry-window")
async def test_retrying_does_not_lengthen_the_window(start_server: StartServer) -> None:
    server = await start_server(retry_seconds=60)
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    await server.refresh(client, token)
    for _ in range(2):
        server.clock.advance(29)
        await server.refresh(client, token)
    server.clock.advance(3)
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")


@requirement("attacks.concurrent-refreshes")
async def test_of_64_concurrent_refreshes_of_one_token_there_is_one_live_head(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    answers = await asyncio.gather(*[server.rotate(client, token) for _ in range(64)])
    assert {answer.status_code for answer in answers} == {200}
    (head,) = {answer.json()["refresh_token"] for answer in answers}
    assert (await server.rotate(client, head)).status_code == 200


@requirement("attacks.concurrent-generations")
async def test_honest_tabs_that_refresh_at_once_all_the_time_never_lose(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    for _ in range(8):
        answers = await asyncio.gather(*[server.rotate(client, token) for _ in range(5)])
        assert {answer.status_code for answer in answers} == {200}
        (token,) = {answer.json()["refresh_token"] for answer in answers}


@requirement("attacks.concurrent-thief")
async def test_owner_and_thief_at_the_same_moment_leave_no_second_lineage(server: Server) -> None:
    client = await server.make_client()
    old = (await server.log_in(client))["refresh_token"]
    head = (await server.refresh(client, old))["refresh_token"]
    answers = await asyncio.gather(*[server.rotate(client, token) for token in (head, old) * 16])
    assert set(Counter(answer.status_code for answer in answers)) <= {200, 400}
    heads = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
    living = [each for each in heads if (await server.introspect(client, each))["active"]]
    assert len(living) <= 1


@requirement("attacks.refresh-token-forged")
async def test_a_string_that_is_not_genuine_changes_nothing(server: Server) -> None:
    client = await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    head = (await server.refresh(client, token))["refresh_token"]
    prefix = "gw_refresh_"
    forged = [
        *(prefix, token[:-1], f"{token}A", token[:40] + token[41:], token.swapcase(), f"{token}=", f" {token}"),
        *(token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :] for index in range(11, 80, 7)),
    ]
    for each in forged:
        assert_refused_plainly(await server.rotate(client, each), 400, "invalid_grant")
    assert (await server.rotate(client, head)).status_code == 200


@requirement("attacks.refresh-token-forged")
async def test_the_next_token_cannot_be_worked_out_from_the_last_ones(server: Server) -> None:
    from tests.support.forgery import renumbered

    client = await server.make_client()
    first = (await server.log_in(client))["refresh_token"]
    second = (await server.refresh(client, first))["refresh_token"]
    for number in (0, 1, 3, 2**32 - 1):
        guess = renumbered(second, number)
        assert_refused_plainly(await server.rotate(client, guess), 400, "invalid_grant")
    assert (await server.rotate(client, second)).status_code == 200


@requirement("attacks.withdrawn-scope")
async def test_a_scope_that_the_client_lost_is_not_refreshed(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    client = await server.make_client(allowed_scopes=["read", "write"])
    token = (await server.log_in(client))["refresh_token"]
    await server.manage("PUT", f"/oauth_clients/{client.client_id}", json={"allowed_scopes": ["read"]})
    assert (await server.refresh(client, token))["scope"] == "read"
