"""Consent tokens: in other hands, in two hands, edited, and after the person changed their mind."""

import asyncio

import pytest
from tests.conftest import Installation, StartServer
from tests.requirements.marker import requirement
from tests.support.api import body_of, query_of
from tests.support.server import Server, settings_for
from tests.support.wire import assert_refused_by_management, assert_refused_plainly

from grantwell.asgi.driver import ATTEMPTS


@requirement("attacks.foreign-bearer")
async def test_another_persons_bearer_gets_nothing_out_of_a_consent_token_that_was_answered(server: Server) -> None:
    stranger = await server.make_person()
    client = await server.make_client()
    await server.approve(client, key=stranger.api_key)
    denied, consent_token = await server.consent_token(client), await server.consent_token(client)
    await server.decide(denied, allowed=False)
    await server.decide(consent_token)
    for answer in (
        await server.decide(denied, key=stranger.api_key, allowed=False),
        await server.decide(consent_token, key=stranger.api_key),
        await server.decide(consent_token, key=stranger.api_key, allowed=False),
        await server.manage("GET", f"/oauth/consent/{consent_token}", key=stranger.api_key),
    ):
        assert_refused_by_management(answer, 422, "invalid_request")
    assert len(await server.grants(key=stranger.api_key)) == 1


@requirement("attacks.foreign-bearer")
async def test_a_decision_is_for_who_decides_and_for_nobody_else(server: Server) -> None:
    stranger = await server.make_person()
    client = await server.make_client()
    code = await server.approve(client, key=stranger.api_key)
    token = (await server.exchange(client, code))["access_token"]
    assert (await server.introspect(client, token))["sub"] == stranger.user_id
    assert await server.grants() == []


@requirement("attacks.double-click")
@pytest.mark.parametrize("allowed", [True, False])
async def test_a_double_click_leads_to_the_same_place_twice(server: Server, allowed: bool) -> None:
    consent_token = await server.consent_token(await server.make_client(), state="xyz")
    answers = await asyncio.gather(*[server.decide(consent_token, allowed=allowed) for _ in range(8)])
    answers.append(await server.decide(consent_token, allowed=allowed))
    (place,) = {body_of(answer)["redirect_uri"] for answer in answers}
    assert query_of(place)["state"] == "xyz"
    decided = [event for event in await server.audited() if event.kind.startswith("consent.")]
    assert len(decided) == 1


@requirement("attacks.double-click")
async def test_the_code_of_a_double_click_buys_tokens_once(server: Server) -> None:
    client = await server.make_client()
    consent_token = await server.consent_token(client)
    first, second = [query_of(body_of(await server.decide(consent_token))["redirect_uri"])["code"] for _ in range(2)]
    assert first == second
    await server.exchange(client, first)
    assert_refused_plainly(await server.redeem(client, second), 400, "invalid_grant")


@requirement("attacks.changed-mind")
@pytest.mark.parametrize("first", [True, False])
async def test_one_token_is_not_answered_both_ways(server: Server, first: bool) -> None:
    consent_token = await server.consent_token(await server.make_client())
    await server.decide(consent_token, allowed=first)
    answer = await server.decide(consent_token, allowed=not first)
    assert_refused_by_management(answer, 422, "invalid_request")


@requirement("attacks.changed-mind")
async def test_allow_and_deny_at_the_same_moment_leave_one_answer(server: Server) -> None:
    consent_token = await server.consent_token(await server.make_client())
    answers = await asyncio.gather(*[server.decide(consent_token, allowed=n % 2 == 0) for n in range(16)])
    places = {body_of(answer)["redirect_uri"] for answer in answers if answer.status_code == 200}
    assert {answer.status_code for answer in answers} == {200, 422}
    assert len(places) == 1


@requirement("attacks.consent-after-revoking")
async def test_the_same_consent_again_after_revoking_is_no_fresh_approval(server: Server) -> None:
    client = await server.make_client()
    consent_token = await server.consent_token(client)
    code = query_of(body_of(await server.decide(consent_token))["redirect_uri"])["code"]
    (grant,) = await server.grants()
    await server.manage("DELETE", f"/oauth_grants/{grant['id']}")
    assert_refused_by_management(await server.decide(consent_token), 422, "invalid_request")
    assert_refused_plainly(await server.redeem(client, code), 400, "invalid_grant")


@requirement("attacks.consent-after-revoking")
async def test_a_new_consent_after_revoking_revives_nothing_old(server: Server) -> None:
    client = await server.make_client()
    before = await server.log_in(client)
    pending = await server.approve(client)
    (old,) = await server.grants()
    await server.manage("DELETE", f"/oauth_grants/{old['id']}")
    after = await server.log_in(client)
    (new,) = await server.grants()
    assert new["id"] != old["id"]
    assert not await server.is_live(before["access_token"])
    assert await server.is_live(after["access_token"])
    assert_refused_plainly(await server.rotate(client, before["refresh_token"]), 400, "invalid_grant")
    assert_refused_plainly(await server.redeem(client, pending), 400, "invalid_grant")


@requirement("attacks.consent-remembered-after-revoking")
async def test_after_revoking_a_person_is_asked_again(server: Server) -> None:
    client = await server.make_client()
    await server.log_in(client)
    (grant,) = await server.grants()
    await server.manage("DELETE", f"/oauth_grants/{grant['id']}")
    answer = await server.manage("GET", f"/oauth/consent/{await server.consent_token(client)}")
    assert answer.json()["data"]["consent_required"] is True


@requirement("attacks.consent-retry-window")
async def test_outside_the_retry_window_a_repeated_decision_is_refused(start_server: StartServer) -> None:
    server = await start_server(retry_seconds=60)
    consent_token = await server.consent_token(await server.make_client())
    await server.decide(consent_token)
    server.clock.advance(60)
    assert_refused_by_management(await server.decide(consent_token), 422, "invalid_request")


@requirement("attacks.consent-token-edited")
async def test_a_consent_token_that_was_edited_in_any_place_is_none(server: Server) -> None:
    consent_token = await server.consent_token(await server.make_client())
    head, key, nonce, text, tag = consent_token.split(".")
    edited = [
        *(".".join((head, key, nonce, text[:-4] + "AAAA", tag)), ".".join((head, key, nonce, text, "A" * len(tag)))),
        *(".".join((head, key, "A" * len(nonce), text, tag)), ".".join((head, "AAAA", nonce, text, tag))),
        *(".".join((head, key, nonce, text)), f"{consent_token}.x", consent_token[:-1], f"{consent_token}A"),
    ]
    for each in edited:
        assert_refused_by_management(await server.decide(each), 422, "invalid_request")
        assert_refused_by_management(await server.manage("GET", f"/oauth/consent/{each}"), 422, "invalid_request")
    assert (await server.decide(consent_token)).status_code == 200


@requirement("attacks.consent-token-of-another-server")
async def test_a_consent_token_of_another_server_is_none(
    start_server: StartServer, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = await start_server()
    client = await server.make_client()
    directory = tmp_path_factory.mktemp("other")
    # Made anew, so with a secret of its own.
    other = await Server.start(settings_for(directory), installation.database.open(directory), server.clock)
    try:
        foreign = await other.consent_token(await other.make_client())
    finally:
        await other.stop()
    assert_refused_by_management(await server.decide(foreign), 422, "invalid_request")
    assert (await server.decide(await server.consent_token(client))).status_code == 200


@requirement("attacks.anonymous-writes")
async def test_an_anonymous_caller_who_starts_authorizations_writes_nothing(server: Server) -> None:
    client = await server.make_client()
    before = len(await server.audited())
    for _ in range(5):
        await server.consent_token(client)
    await server.authorize(client, scope="unheard-of")
    assert len(await server.audited()) == before
    assert await server.grants() == []


@requirement("attacks.consent-race-delete")
async def test_a_consent_beside_the_deletion_of_its_client_leaves_no_grant_behind(server: Server) -> None:
    for _ in range(5):
        client = await server.make_client()
        consent_token = await server.consent_token(client)
        decided, deleted = await asyncio.gather(
            server.decide(consent_token), server.manage("DELETE", f"/oauth_clients/{client.client_id}")
        )
        assert deleted.status_code == 204
        assert decided.status_code in (200, 422)
        assert await server.grants() == []


@requirement("attacks.consent-race-grant")
async def test_consents_at_the_same_moment_for_one_client_share_one_grant(server: Server) -> None:
    client = await server.make_client()
    # A browser that opens its tabs again, many times what losers try: only the first one changes the grant.
    tokens = [await server.consent_token(client) for _ in range(6 * ATTEMPTS)]
    answers = await asyncio.gather(*[server.decide(token) for token in tokens])
    for answer in answers:
        code = query_of(body_of(answer)["redirect_uri"])["code"]
        assert (await server.redeem(client, code)).status_code == 200
    assert len(await server.grants()) == 1
