"""Two identities, two methods, guesses: who a client says that it is."""

import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Client, basic
from tests.support.server import Server
from tests.support.wire import assert_refused_plainly

TOKEN = "/v2/oauth/token"
CREDENTIALS = {"grant_type": "client_credentials"}


@requirement("attacks.two-identities")
@pytest.mark.parametrize("path", ["/v2/oauth/token", "/v2/oauth/introspect", "/v2/oauth/revoke"])
async def test_a_request_that_names_two_clients_is_nobodys(server: Server, path: str) -> None:
    one, other = await server.make_client(), await server.make_client()
    token = {"token": await server.client_token(one)}
    body = CREDENTIALS | token | {"client_id": other.client_id}
    answer = await server.http.post(path, data=body, headers=one.basic)
    assert_refused_plainly(answer, 400, "invalid_request")
    same = await server.http.post(path, data=body | {"client_id": one.client_id}, headers=one.basic)
    assert same.status_code == 200


@requirement("attacks.two-methods")
@pytest.mark.parametrize("path", ["/v2/oauth/token", "/v2/oauth/introspect", "/v2/oauth/revoke"])
async def test_a_request_uses_one_method_of_authentication(server: Server, path: str) -> None:
    client = await server.make_client()
    body = CREDENTIALS | {"token": "x"} | client.credentials
    for headers in (client.basic, basic(client.client_id, "wrong"), basic("unheard-of", "x")):
        assert_refused_plainly(await server.http.post(path, data=body, headers=headers), 400, "invalid_request")


@requirement("attacks.public-as-confidential")
async def test_nobody_passes_a_confidential_client_off_as_a_public_one(server: Server) -> None:
    client = await server.make_client()
    code, token = await server.approve(client), (await server.log_in(client))["refresh_token"]
    bare = client.with_secret(None)
    for answer in (
        await server.redeem(bare, code),
        await server.rotate(bare, token),
        await server.revoke(bare, token),
        await server.redeem(bare, code, client_secret=""),
    ):
        assert_refused_plainly(answer, 401, "invalid_client")
    empty = await server.http.post(TOKEN, data=CREDENTIALS, headers=basic(client.client_id, ""))
    assert_refused_plainly(empty, 401, "invalid_client")
    assert (await server.redeem(client, code)).status_code == 200
    assert (await server.rotate(client, token)).status_code == 200


@requirement("attacks.secret-spelling")
async def test_a_secret_is_compared_to_the_letter(server: Server) -> None:
    client = await server.make_client()
    secret = client.client_secret or ""
    for wrong in (secret[:-1], f"{secret}x", secret.swapcase(), f" {secret}", f"{secret}\u0000", secret[::-1]):
        form = CREDENTIALS | {"client_id": client.client_id, "client_secret": wrong}
        answer = await server.http.post(TOKEN, json=form)
        assert answer.status_code in (400, 401)
    for wrong_id in (client.client_id.upper(), f"{client.client_id} ", client.client_id[:-1], "%"):
        answer = await server.token(Client(wrong_id, secret), "client_credentials")
        assert_refused_plainly(answer, 401, "invalid_client")


@requirement("attacks.basic-encoding")
@pytest.mark.parametrize("pair", ["%00:%00", "%ff:%ff", "%D8%3D:x", "a%3Ab:c", ":", ":x", "x" * 5000 + ":y", "é:é"])
async def test_odd_basic_credentials_are_only_wrong(server: Server, pair: str) -> None:
    from base64 import b64encode

    headers = {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    for path in ("/v2/oauth/token", "/v2/oauth/introspect", "/v2/oauth/revoke"):
        answer = await server.http.post(path, data=CREDENTIALS | {"token": "x"}, headers=headers)
        assert_refused_plainly(answer, 401, "invalid_client")


@requirement("attacks.introspection-oracle")
async def test_introspection_tells_a_stranger_nothing_about_anybodys_tokens(server: Server) -> None:
    stranger = await server.make_person()
    theirs = await server.make_client(key=stranger.api_key)
    ours = await server.make_client()
    tokens = await server.log_in(ours)
    unknown = await server.introspect(theirs, "unheard-of")
    for token in (tokens["access_token"], tokens["refresh_token"], await server.client_token(ours)):
        assert await server.introspect(theirs, token) == unknown == {"active": False}
