"""Authorization codes in the wrong hands, or in the right ones twice."""

import asyncio
from collections import Counter

import httpx
import pytest
from tests.requirements.marker import requirement
from tests.support.actors import VERIFIER
from tests.support.api import Api, body_of
from tests.support.server import Server
from tests.support.wire import assert_refused_plainly

from grantwell.asgi.in_process import InProcessTransport

MINUTE = 60


@requirement("attacks.code-replayed")
@requirement("attacks.code-retried-by-an-sdk")
async def test_a_replayed_code_revokes_what_it_bought(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    tokens = await server.exchange(client, code)
    renewed = await server.refresh(client, tokens["refresh_token"])
    assert_refused_plainly(await server.redeem(client, code), 400, "invalid_grant")
    for token in (tokens["access_token"], renewed["access_token"]):
        assert not await server.is_live(token)
    assert_refused_plainly(await server.rotate(client, renewed["refresh_token"]), 400, "invalid_grant")
    (replay,) = [event for event in await server.audited() if event.kind == "lineage.replayed"]
    assert (replay.reason, replay.actor) == ("code_replayed", client.client_id)


@requirement("attacks.code-replayed-as-the-same-request")
async def test_nobody_can_claim_to_be_the_request_that_redeemed_a_code(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    first = await server.redeem(client, code)
    server.http.headers["x-request-id"] = first.headers["x-request-id"]
    again = await server.redeem(client, code)
    assert_refused_plainly(again, 400, "invalid_grant")
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert not await server.is_live(first.json()["access_token"])


@requirement("attacks.code-replayed-as-the-same-request")
async def test_below_the_edge_too_a_second_request_is_a_replay(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    transport = InProcessTransport(server.app.dispatcher, {})
    async with httpx.AsyncClient(transport=transport, base_url=server.app.settings.issuer) as http:
        within = Api(http, server.api_key)
        tokens = await within.exchange(client, code)
        assert body_of(await within.redeem(client, code), 400)["error"] == "invalid_grant"
    assert not await server.is_live(tokens["access_token"])


@requirement("attacks.code-replayed-late")
@pytest.mark.parametrize("days", [1, 60])
async def test_a_replay_is_noticed_long_after_the_code_has_expired(server: Server, days: int) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    token = (await server.exchange(client, code))["refresh_token"]
    for _ in range(days):
        server.clock.advance(86400)
        token = (await server.refresh(client, token))["refresh_token"]
        await server.app.background.clean_up()
    assert_refused_plainly(await server.redeem(client, code), 400, "invalid_grant")
    assert_refused_plainly(await server.rotate(client, token), 400, "invalid_grant")


@requirement("attacks.code-replayed-without-proof")
async def test_who_has_not_proved_possession_cannot_end_a_login_by_a_replay(server: Server) -> None:
    client, thief = await server.make_client(), await server.make_client()
    code = await server.approve(client)
    tokens = await server.exchange(client, code)
    attempts = [
        await server.redeem(thief, code),
        await server.redeem(client, code, code_verifier=VERIFIER[::-1]),
        await server.redeem(client, code, code_verifier=None),
        await server.redeem(client, code, redirect_uri="https://evil.example/"),
    ]
    for answer in attempts:
        assert_refused_plainly(answer, 400, "invalid_grant")
    assert_refused_plainly(await server.redeem(client.with_secret("wrong"), code), 401, "invalid_client")
    assert await server.is_live(tokens["access_token"])
    assert (await server.rotate(client, tokens["refresh_token"])).status_code == 200


@requirement("attacks.code-replayed")
async def test_a_replay_ends_one_login_and_not_the_grant(server: Server) -> None:
    client = await server.make_client()
    other_device = await server.log_in(client)
    code = await server.approve(client)
    await server.exchange(client, code)
    await server.redeem(client, code)
    assert await server.is_live(other_device["access_token"])
    assert len(await server.grants()) == 1


@requirement("attacks.concurrent-exchanges")
async def test_of_64_concurrent_exchanges_of_one_code_exactly_one_wins(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    answers = await asyncio.gather(*[server.redeem(client, code) for _ in range(64)])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 63}
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}


@requirement("attacks.pkce-downgrade")
async def test_a_verifier_out_of_nowhere_shows_that_somebody_took_the_challenge_away(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client, code_challenge=None, code_challenge_method=None)
    assert_refused_plainly(await server.redeem(client, code), 400, "invalid_grant")


@requirement("attacks.pkce-challenge-as-verifier")
async def test_the_challenge_is_no_verifier(server: Server) -> None:
    from tests.support.actors import CHALLENGE

    client = await server.register_client()
    code = await server.approve(client)
    assert_refused_plainly(await server.redeem(client, code, code_verifier=CHALLENGE), 400, "invalid_grant")


@requirement("attacks.code-in-other-clothes")
async def test_a_code_and_a_refresh_token_do_not_pass_for_each_other(server: Server) -> None:
    client = await server.make_client()
    code, tokens = await server.approve(client), await server.log_in(client)
    refresh_token = tokens["refresh_token"]
    pairs = [(code, refresh_token), (code.replace("gw_code_", "gw_refresh_"), refresh_token.replace("refresh", "code"))]
    for as_refresh_token, as_code in pairs:
        assert_refused_plainly(await server.rotate(client, as_refresh_token), 400, "invalid_grant")
        assert_refused_plainly(await server.redeem(client, as_code), 400, "invalid_grant")
    assert (await server.redeem(client, code)).status_code == 200
    assert (await server.rotate(client, refresh_token)).status_code == 200


@requirement("attacks.code-injection")
async def test_a_stolen_code_is_worth_nothing_in_another_persons_browser(server: Server) -> None:
    victim = await server.make_colleague()
    client = await server.register_client()
    stolen = await server.approve(client, key=victim.api_key)
    # The attacker's own login at the same client, whose verifier is another one.
    other = "another-verifier-of-at-least-forty-three-characters"
    assert_refused_plainly(await server.redeem(client, stolen, code_verifier=other), 400, "invalid_grant")
