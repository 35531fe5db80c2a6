"""Revocation by the client that holds a token (RFC 7009)."""

import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.server import Server
from tests.support.wire import assert_refused_plainly

REVOKE = "/v2/oauth/revoke"


@requirement("revoke.access-token")
async def test_an_access_token_dies_alone(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    answer = await server.revoke(client, tokens["access_token"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert not await server.is_live(tokens["access_token"])
    assert (await server.rotate(client, tokens["refresh_token"])).status_code == 200


@requirement("revoke.refresh-token")
async def test_a_refresh_token_takes_all_that_was_bought_with_it_along(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    other_device = await server.log_in(client)
    assert (await server.revoke(client, tokens["refresh_token"])).status_code == 200
    assert not await server.is_live(tokens["access_token"])
    assert_refused_plainly(await server.rotate(client, tokens["refresh_token"]), 400, "invalid_grant")
    assert await server.is_live(other_device["access_token"])


@requirement("revoke.older-refresh-token")
async def test_an_older_refresh_token_ends_the_lineage_too(server: Server) -> None:
    client = await server.make_client()
    first = await server.log_in(client)
    second = await server.refresh(client, first["refresh_token"])
    await server.revoke(client, first["refresh_token"])
    assert_refused_plainly(await server.rotate(client, second["refresh_token"]), 400, "invalid_grant")


@requirement("revoke.public")
async def test_a_public_client_revokes_its_own(server: Server) -> None:
    client = await server.register_client()
    tokens = await server.log_in(client)
    await server.revoke(client, tokens["refresh_token"])
    assert_refused_plainly(await server.rotate(client, tokens["refresh_token"]), 400, "invalid_grant")


@requirement("revoke.hint")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "unheard-of"])
async def test_a_wrong_hint_is_no_obstacle(server: Server, hint: str) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert (await server.revoke(client, token, token_type_hint=hint)).status_code == 200
    assert not await server.is_live(tokens["access_token"])


@requirement("revoke.foreign")
async def test_somebody_elses_token_is_answered_alike_and_lives_on(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    tokens = await server.log_in(client)
    for token in (tokens["access_token"], tokens["refresh_token"], "unheard-of", "gw_refresh_made-up"):
        assert (await server.revoke(other, token)).status_code == 200
    assert await server.is_live(tokens["access_token"])
    assert (await server.rotate(client, tokens["refresh_token"])).status_code == 200


@requirement("revoke.authenticates")
async def test_revoking_needs_the_clients_credentials(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    for caller in (client.with_secret("wrong"), client.with_secret(None), Client("unheard-of", None)):
        assert_refused_plainly(await server.revoke(caller, tokens["refresh_token"]), 401, "invalid_client")
    assert_refused_plainly(await server.http.post(REVOKE, data={"token": "x"}), 401, "invalid_client")
    assert_refused_plainly(await server.http.post(REVOKE, data=client.credentials), 400, "invalid_request")
    assert await server.is_live(tokens["access_token"])


@requirement("revoke.again")
async def test_revoking_again_changes_nothing_and_is_fine(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    for _ in range(2):
        assert (await server.revoke(client, tokens["access_token"])).status_code == 200
        assert (await server.revoke(client, tokens["refresh_token"])).status_code == 200
    revoked = [event for event in await server.audited() if event.kind == "lineage.revoked"]
    assert len(revoked) == 1


@requirement("revoke.code")
async def test_a_code_is_not_for_revoking(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    assert (await server.revoke(client, code)).status_code == 200
    assert (await server.redeem(client, code)).status_code == 200
