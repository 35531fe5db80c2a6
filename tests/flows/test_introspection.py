"""What a token is worth now, and who may know (RFC 7662)."""

from typing import Any

import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Client, bearer
from tests.support.api import body_of
from tests.support.server import ISSUER, Server
from tests.support.wire import assert_refused_plainly

INTROSPECT = "/v2/oauth/introspect"
INACTIVE = {"active": False}


@requirement("introspect.answer")
async def test_a_live_token_is_described(server: Server) -> None:
    client, colleague = await server.make_client(), await server.make_colleague()
    token = (await server.log_in(client, key=colleague.api_key))["access_token"]
    told = await server.introspect(client, token)
    now = int(server.clock())
    assert told.pop("jti")
    assert told == {
        "active": True,
        "scope": "admin",
        "client_id": client.client_id,
        "token_type": "Bearer",
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": colleague.user_id,
        "iat": now,
        "exp": now + 1800,
    }


@requirement("introspect.encodings")
@pytest.mark.parametrize("encoding", ["form", "json"])
@pytest.mark.parametrize("method", ["basic", "body", "body beside a bearer", "api key"])
async def test_form_and_json_basic_body_and_api_key_all_work(server: Server, encoding: str, method: str) -> None:
    client = await server.make_client()
    body = {"token": await server.client_token(client)} | (client.credentials if "body" in method else {})
    headers = {
        "basic": client.basic,
        "body": {},
        "body beside a bearer": bearer("of bad news"),
        "api key": bearer(server.api_key),
    }[method]
    sent: dict[str, Any] = {"json": body} if encoding == "json" else {"data": body}
    answer = await server.http.post(INTROSPECT, headers=headers, **sent)
    assert body_of(answer)["active"] is True
    assert answer.headers["cache-control"] == "no-store"


@requirement("introspect.must-authenticate")
async def test_who_does_not_say_who_it_is_learns_nothing(server: Server) -> None:
    client = await server.make_client()
    public = await server.register_client()
    token = {"token": await server.client_token(client)}
    for credentials, headers in (
        ({}, {}),
        ({}, bearer("unheard-of")),
        ({}, bearer(token["token"])),
        (client.with_secret("wrong").credentials, {}),
        (public.credentials, {}),
        ({"client_id": client.client_id}, {}),
    ):
        answer = await server.http.post(INTROSPECT, data=token | credentials, headers=headers)
        assert_refused_plainly(answer, 401, "invalid_client")


@requirement("introspect.wrong-credentials")
async def test_wrong_client_credentials_never_fall_through_to_the_bearer(server: Server) -> None:
    client = await server.make_client()
    token = {"token": await server.client_token(client)}
    wrong = client.with_secret("wrong")
    answer = await server.http.post(INTROSPECT, data=token | wrong.credentials, headers=bearer(server.api_key))
    assert_refused_plainly(answer, 401, "invalid_client")


@requirement("introspect.capability")
async def test_an_api_key_needs_the_capability(server: Server) -> None:
    without = await server.make_colleague(capabilities=("clients", "grants", "consent"))
    answer = await server.http.post(INTROSPECT, data={"token": "x"}, headers=without.bearer)
    assert_refused_plainly(answer, 401, "invalid_client")


@requirement("introspect.token-required")
async def test_a_token_must_be_named(server: Server) -> None:
    client = await server.make_client()
    for body in ({}, {"token": ""}):
        answer = await server.http.post(INTROSPECT, data=client.credentials | body)
        assert_refused_plainly(answer, 400, "invalid_request")


@requirement("introspect.unknown")
@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "🙂", "x" * 9000])
async def test_what_is_no_token_is_inactive(server: Server, token: str) -> None:
    assert await server.introspect(await server.make_client(), token) == INACTIVE


@requirement("introspect.not-tokens")
async def test_api_keys_and_codes_are_nobodys_to_introspect(server: Server) -> None:
    client = await server.make_client()
    for presented in (server.api_key, await server.approve(client), client.client_secret or ""):
        assert await server.introspect(client, presented) == INACTIVE


@requirement("introspect.hint")
async def test_a_hint_is_heard_and_need_not_be_right(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        for hint in ("access_token", "refresh_token", "unheard-of"):
            form = client.credentials | {"token": token, "token_type_hint": hint}
            assert body_of(await server.http.post(INTROSPECT, data=form))["active"] is True


@requirement("introspect.refresh-token")
async def test_a_refresh_token_is_described_to_its_own_client_alone(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    token = (await server.log_in(client))["refresh_token"]
    told = await server.introspect(client, token)
    assert (told["active"], told["client_id"], told["scope"]) == (True, client.client_id, "admin")
    assert told["exp"] == int(server.clock()) + 30 * 86400
    assert await server.introspect(other, token) == INACTIVE
    assert not await server.is_live(token)
    await server.refresh(client, token)
    assert await server.introspect(client, token) == INACTIVE


@requirement("introspect.who-may-know")
async def test_tokens_are_told_within_the_organization_of_client_or_user(server: Server) -> None:
    stranger = await server.make_person()
    ours, theirs = await server.make_client(), await server.make_client(key=stranger.api_key)
    registered = await server.register_client(token_endpoint_auth_method="client_secret_post")
    own = await server.client_token(theirs)
    of_our_client = (await server.log_in(ours, key=stranger.api_key))["access_token"]
    of_our_user = (await server.log_in(theirs))["access_token"]
    of_a_registered = (await server.log_in(registered, key=stranger.api_key))["access_token"]

    async def sees(client: Client, token: str) -> bool:
        return bool((await server.introspect(client, token))["active"])

    assert [await sees(ours, token) for token in (own, of_our_client, of_our_user)] == [False, True, True]
    assert [await sees(theirs, token) for token in (own, of_our_client, of_our_user)] == [True, True, True]
    assert not await sees(ours, of_a_registered)
    assert await sees(theirs, of_a_registered)
    assert await sees(registered, of_a_registered)
    assert not await sees(registered, of_our_client)
    # That nobody vouches for either of them makes no organization of two.
    assert not await sees(
        await server.register_client(token_endpoint_auth_method="client_secret_post"), of_a_registered
    )


@requirement("introspect.dies")
@pytest.mark.parametrize("end", ["expiry", "grant revoked", "client deleted", "token revoked", "lineage revoked"])
async def test_a_token_dies_with_whatever_it_stands_on(server: Server, end: str) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    token = tokens["access_token"]
    assert await server.is_live(token)
    if end == "expiry":
        server.clock.advance(1800)
    elif end == "grant revoked":
        (grant,) = await server.grants()
        await server.manage("DELETE", f"/oauth_grants/{grant['id']}")
    elif end == "client deleted":
        await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    elif end == "token revoked":
        await server.revoke(client, token)
    else:
        await server.revoke(client, tokens["refresh_token"])
    assert not await server.is_live(token)


@requirement("introspect.session-tokens")
async def test_the_tokens_of_our_own_pages_are_their_own_affair(server: Server) -> None:
    person = await server.make_colleague(password="correct horse")
    signed_in = await server.http.post("/v2/sessions", json={"email": person.email, "password": "correct horse"})
    session = {"session": body_of(signed_in, 201)["session"]}
    acting = body_of(await server.http.post("/v2/sessions/token", json=session))["access_token"]
    assert not await server.is_live(acting)
