"""The token endpoint: codes and client credentials, however the client says who it is."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, LOOPBACK, VERIFIER, Client, basic, bearer
from tests.support.api import body_of
from tests.support.server import ISSUER, Server
from tests.support.tokens import claims_of, header_of
from tests.support.wire import assert_refused_plainly

TOKEN = "/v2/oauth/token"
API = "https://api.example/mcp"


@requirement("token.answer")
async def test_a_code_buys_an_access_token_and_a_refresh_token(server: Server) -> None:
    client = await server.make_client()
    answer = await server.redeem(client, await server.approve(client))
    tokens = body_of(answer)
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 1800, "admin")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"


@requirement("token.client-credentials-answer")
async def test_client_credentials_buy_no_refresh_token(server: Server) -> None:
    tokens = body_of(await server.token(await server.make_client(), "client_credentials"))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}


@requirement("token.profile")
async def test_access_tokens_have_the_profile_of_rfc_9068(server: Server) -> None:
    client, colleague = await server.make_client(), await server.make_colleague()
    token = (await server.log_in(client, key=colleague.api_key, resource=API))["access_token"]
    claims, now = claims_of(token), server.clock()
    assert header_of(token)["typ"] == "at+jwt"
    assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, colleague.user_id, API)
    assert (claims["client_id"], claims["scope"]) == (client.client_id, "admin")
    assert (claims["iat"], claims["exp"]) == (now, now + 1800)
    assert claims["jti"]
    own = claims_of(await server.client_token(client))
    assert (own["sub"], own["aud"]) == (client.client_id, ISSUER)


@requirement("token.refresh-token-for-whom")
async def test_a_client_without_the_refresh_grant_gets_no_refresh_token(server: Server) -> None:
    client = await server.make_client(allowed_grant_types=["authorization_code"])
    assert "refresh_token" not in await server.log_in(client)


@requirement("token.encodings")
@pytest.mark.parametrize("encoding", ["form", "json"])
@pytest.mark.parametrize("method", ["basic", "percent-encoded basic", "body"])
@pytest.mark.parametrize("stray", [{}, bearer("of bad news")], ids=["", "bearer"])
async def test_form_and_json_basic_and_body_all_say_the_same(
    server: Server, encoding: str, method: str, stray: dict[str, str]
) -> None:
    client = await server.make_client()
    body = {"grant_type": "client_credentials"} | (client.credentials if method == "body" else {})
    encoded = basic(quote(client.client_id, safe=""), quote(client.client_secret or "", safe=""))
    headers = {"body": stray, "basic": client.basic, "percent-encoded basic": encoded}[method]
    sent: dict[str, Any] = {"json": body} if encoding == "json" else {"data": body}
    assert body_of(await server.http.post(TOKEN, headers=headers, **sent))["access_token"]


@requirement("token.content-type-parameters")
async def test_a_charset_beside_the_content_type_is_no_obstacle(server: Server) -> None:
    client = await server.make_client()
    form = "&".join(f"{k}={v}" for k, v in ({"grant_type": "client_credentials"} | client.credentials).items())
    headers = {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    assert (await server.http.post(TOKEN, content=form, headers=headers)).status_code == 200


@requirement("token.public-client")
async def test_a_public_client_says_only_its_id(server: Server) -> None:
    client = await server.register_client()
    assert (await server.log_in(client))["refresh_token"]


@requirement("token.public-client-for-itself")
async def test_a_public_client_gets_nothing_for_itself(server: Server) -> None:
    client = await server.make_client(client_type="public")
    assert_refused_plainly(await server.token(client, "client_credentials"), 400, "unauthorized_client")


@requirement("token.grant-type-allowed")
async def test_a_client_uses_only_the_grant_types_that_it_has(server: Server) -> None:
    client = await server.make_client(allowed_grant_types=["authorization_code"])
    assert_refused_plainly(await server.token(client, "client_credentials"), 400, "unauthorized_client")
    assert_refused_plainly(await server.rotate(client, "x"), 400, "unauthorized_client")


@requirement("token.grant-type-known")
async def test_a_grant_type_is_needed_and_must_be_known(server: Server) -> None:
    client = await server.make_client()
    assert_refused_plainly(await server.token(client, "password"), 400, "unsupported_grant_type")
    assert_refused_plainly(await server.http.post(TOKEN, data=client.credentials), 400, "invalid_request")
    assert_refused_plainly(await server.token(client, "authorization_code"), 400, "invalid_request")
    assert_refused_plainly(await server.token(client, "refresh_token"), 400, "invalid_request")


@requirement("token.client-unknown")
async def test_failed_authentication_reads_alike_whatever_failed(server: Server) -> None:
    client = await server.make_client()
    public = await server.make_client(client_type="public")
    wrong = [
        client.with_secret("wrong"),
        client.with_secret(None),
        Client("unheard-of", "secret"),
        public.with_secret("that it does not have"),
    ]
    told = {
        assert_refused_plainly(await server.token(each, "client_credentials"), 401, "invalid_client") for each in wrong
    }
    assert len(told) == 1
    nobody = await server.http.post(TOKEN, data={"grant_type": "client_credentials"})
    assert assert_refused_plainly(nobody, 401, "invalid_client") in told


@requirement("token.basic-challenge")
async def test_who_failed_with_basic_is_challenged_with_basic(server: Server) -> None:
    client = (await server.make_client()).with_secret("wrong")
    answer = await server.token(client, "client_credentials", basic=True)
    assert_refused_plainly(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    for malformed in ("Basic", "Basic %%%", "Basic bm9jb2xvbg==", "Basic /w=="):
        answer = await server.http.post(
            TOKEN, data={"grant_type": "client_credentials"}, headers={"Authorization": malformed}
        )
        assert_refused_plainly(answer, 401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic realm=")


@requirement("token.scope")
async def test_scopes_are_within_what_the_client_may_have(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    client = await server.make_client(allowed_scopes=["read", "write"])
    assert body_of(await server.token(client, "client_credentials"))["scope"] == "read write"
    assert body_of(await server.token(client, "client_credentials", scope="write"))["scope"] == "write"
    for scope in ("admin", "unheard-of", "read  write", 'quo"te'):
        assert_refused_plainly(await server.token(client, "client_credentials", scope=scope), 400, "invalid_scope")


@requirement("code.lifetime")
async def test_a_code_lives_for_a_minute(server: Server) -> None:
    client = await server.make_client()
    first, second = await server.approve(client), await server.approve(client)
    server.clock.advance(59)
    assert (await server.redeem(client, first)).status_code == 200
    server.clock.advance(1)
    assert_refused_plainly(await server.redeem(client, second), 400, "invalid_grant")


@requirement("code.bound")
@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": LOOPBACK},
        {"redirect_uri": None},
        {"redirect_uri": f"{CALLBACK}/"},
        {"code_verifier": None},
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": "short"},
        {"code_verifier": "\u00e9" * 43},
    ],
)
async def test_a_code_is_bound_to_redirect_uri_and_verifier_and_trying_costs_nothing(
    server: Server, wrong: dict[str, str | None]
) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    assert_refused_plainly(await server.redeem(client, code, **wrong), 400, "invalid_grant")
    assert (await server.redeem(client, code)).status_code == 200


@requirement("code.bound-to-client")
async def test_a_code_is_bound_to_its_client(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    code = await server.approve(client)
    assert_refused_plainly(await server.redeem(other, code), 400, "invalid_grant")
    assert (await server.redeem(client, code)).status_code == 200


@requirement("resource.audience")
async def test_a_resource_becomes_the_audience(server: Server) -> None:
    client = await server.make_client()
    asked = await server.log_in(client, resource=API)
    assert claims_of(asked["access_token"])["aud"] == API
    own = await server.client_token(client, resource=API)
    assert claims_of(own)["aud"] == API
    assert claims_of(await server.client_token(client, resource=f"{ISSUER}/"))["aud"] == ISSUER


@requirement("resource.only-repeated")
async def test_a_later_request_may_only_repeat_the_resource(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client, resource=API)
    refusal = assert_refused_plainly(
        await server.redeem(client, code, resource="https://other.example/mcp"), 400, "invalid_target"
    )
    assert API in refusal
    assert "https://other.example/mcp" in refusal
    tokens = await server.exchange(client, code, resource=f"{API}/")
    assert claims_of(tokens["access_token"])["aud"] == API
    again = await server.refresh(client, tokens["refresh_token"], resource=API)
    assert claims_of(again["access_token"])["aud"] == API
    answer = await server.rotate(client, again["refresh_token"], resource=ISSUER)
    assert_refused_plainly(answer, 400, "invalid_target")
    assert (await server.rotate(client, again["refresh_token"])).status_code == 200


@requirement("resource.restricted")
async def test_resources_can_be_restricted_and_a_refusal_names_them(start_server: StartServer) -> None:
    server = await start_server(resources=[f"{API}/"])
    client = await server.make_client()
    assert claims_of(await server.client_token(client, resource=API))["aud"] == f"{API}/"
    answer = await server.token(client, "client_credentials", resource="https://other.example")
    refusal = assert_refused_plainly(answer, 400, "invalid_target")
    assert f"{API}/" in refusal
    assert "https://other.example" in refusal


@requirement("resource.default")
async def test_the_audience_of_who_asks_for_no_resource_is_a_setting(start_server: StartServer) -> None:
    server = await start_server(default_resource=API)
    assert claims_of(await server.client_token(await server.make_client()))["aud"] == API
