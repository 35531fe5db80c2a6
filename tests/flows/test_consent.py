"""The consent page's two operations: what is asked, and the answer."""

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, LOOPBACK, bearer
from tests.support.api import body_of, data_of, query_of
from tests.support.server import EMAIL, ISSUER, PASSWORD, Server
from tests.support.wire import assert_refused, assert_refused_by_management


@requirement("consent.shown")
async def test_a_consent_page_gets_all_that_it_has_to_show(server: Server) -> None:
    client = await server.make_client(name="Dashboard", logo_uri="https://client.example/logo.png")
    asked = await server.consent_token(client, scope="admin", state="secret-state")
    answer = await server.manage("GET", f"/oauth/consent/{asked}")
    shown = data_of(answer)
    assert shown["client_id"] == client.client_id
    assert shown["name"] == "Dashboard"
    assert shown["logo_uri"] == "https://client.example/logo.png"
    assert shown["policy_uri"] is None
    assert shown["tos_uri"] is None
    assert shown["redirect_uri"] == CALLBACK
    assert shown["verified"] is False
    (scope,) = shown["requested_scopes"]
    assert scope["id"] == "admin"
    assert scope["name"]
    assert scope["description"]
    assert "secret-state" not in answer.text


@requirement("consent.page-facts")
async def test_what_a_careful_page_shows_besides(server: Server) -> None:
    client = await server.register_client(redirect_uris=[LOOPBACK])
    asked = await server.consent_token(client, resource="https://api.example/mcp")
    shown = data_of(await server.manage("GET", f"/oauth/consent/{asked}"))
    assert shown["redirect_host"] == "127.0.0.1"
    assert shown["loopback"] is True
    assert shown["resource"] == "https://api.example/mcp"
    assert shown["new_scopes"] == ["admin"]
    assert shown["consent_required"] is True
    assert shown["expires_at"] == server.clock() + 600


@requirement("consent.allowed")
async def test_allowing_answers_where_the_browser_goes_with_a_code(server: Server) -> None:
    asked = await server.consent_token(await server.make_client(), state="a b&c=d")
    body = body_of(await server.decide(asked))
    assert set(body) == {"redirect_uri"}
    assert body["redirect_uri"].startswith(f"{CALLBACK}?")
    told = query_of(body["redirect_uri"])
    assert (told["state"], told["iss"]) == ("a b&c=d", ISSUER)
    assert told["code"]


@requirement("consent.denied")
async def test_denying_is_a_success_that_sends_the_client_an_error(server: Server) -> None:
    asked = await server.consent_token(await server.make_client(), state="xyz")
    told = query_of(body_of(await server.decide(asked, allowed=False))["redirect_uri"])
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "xyz", ISSUER)
    assert "code" not in told
    assert await server.grants() == []


@requirement("consent.bad-token")
@pytest.mark.parametrize("token", ["unheard-of", "a.b.c.d.e", "e30..e30.e30.e30", "x" * 5000, "%F0%9F%92%A9"])
async def test_a_token_that_is_none_is_422_at_both_operations(server: Server, token: str) -> None:
    assert_refused_by_management(await server.manage("GET", f"/oauth/consent/{token}"), 422, "invalid_request")
    assert_refused_by_management(await server.decide(token), 422, "invalid_request")


@requirement("consent.expires")
async def test_a_person_has_ten_minutes(server: Server) -> None:
    client = await server.make_client()
    first, second = await server.consent_token(client), await server.consent_token(client)
    server.clock.advance(599)
    assert (await server.decide(first)).status_code == 200
    server.clock.advance(1)
    assert_refused_by_management(await server.manage("GET", f"/oauth/consent/{second}"), 422, "invalid_request")
    assert_refused_by_management(await server.decide(second), 422, "invalid_request")


@requirement("consent.used-once")
async def test_a_decided_token_is_shown_no_more(server: Server) -> None:
    asked = await server.consent_token(await server.make_client())
    await server.decide(asked)
    assert_refused_by_management(await server.manage("GET", f"/oauth/consent/{asked}"), 422, "invalid_request")


@requirement("consent.body")
async def test_a_decision_has_two_fields_and_no_others(server: Server) -> None:
    asked = await server.consent_token(await server.make_client())
    wrong = {
        "allowed": {"consent_token": asked},
        "consent_token": {"allowed": True},
        "scope": {"allowed": True, "consent_token": asked, "scope": "admin"},
    }
    for field, body in wrong.items():
        answer = await server.manage("POST", "/oauth/grants", json=body)
        (error,) = assert_refused_by_management(answer, 422, "invalid_request")
        assert error["source"] == {"pointer": f"/{field}"}
    for allowed in ("true", 1, None):
        answer = await server.manage("POST", "/oauth/grants", json={"allowed": allowed, "consent_token": asked})
        assert_refused_by_management(answer, 422, "invalid_request")
    assert (await server.decide(asked)).status_code == 200


@requirement("consent.json-only")
async def test_a_decision_comes_as_json(server: Server) -> None:
    asked = await server.consent_token(await server.make_client())
    answer = await server.manage("POST", "/oauth/grants", data={"allowed": "true", "consent_token": asked})
    assert_refused_by_management(answer, 415, "invalid_request")


@requirement("consent.caller")
async def test_only_a_person_decides(server: Server) -> None:
    asked = await server.consent_token(await server.make_client())
    path = f"/v2/oauth/consent/{asked}"
    for call in (server.http.get(path), server.http.post("/v2/oauth/grants", json={})):
        answer = await call
        assert_refused_by_management(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer resource_metadata=")
    without = await server.make_colleague(capabilities=("clients", "grants", "introspect"))
    assert_refused_by_management(await server.decide(asked, key=without.api_key), 403, "insufficient_scope")


@requirement("consent.judged-again")
@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["https://client.example/elsewhere"]},
        {"name": "Your bank"},
        {"allowed_scopes": []},
        {"allowed_grant_types": ["client_credentials"]},
    ],
)
async def test_a_client_that_changed_meanwhile_has_to_start_again(server: Server, change: dict[str, object]) -> None:
    client = await server.make_client()
    asked = await server.consent_token(client)
    data_of(await server.manage("PUT", f"/oauth_clients/{client.client_id}", json=change))
    assert_refused_by_management(await server.decide(asked), 422, "invalid_request")


@requirement("consent.client-gone")
async def test_a_client_that_is_gone_gets_nothing(server: Server) -> None:
    client = await server.make_client()
    asked = await server.consent_token(client)
    await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    assert_refused_by_management(await server.decide(asked), 422, "invalid_request")


@requirement("consent.asked-again")
async def test_when_a_person_is_asked_again(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}])
    client = await server.make_client(allowed_scopes=["admin", "read"], redirect_uris=[CALLBACK, LOOPBACK])

    async def is_asked(**asked: str) -> bool:
        token = await server.consent_token(client, **asked)
        return bool(data_of(await server.manage("GET", f"/oauth/consent/{token}"))["consent_required"])

    assert await is_asked(scope="read")
    await server.approve(client, scope="read")
    assert not await is_asked(scope="read")
    assert await is_asked(scope="read admin")
    assert await is_asked(scope="read", prompt="consent")
    assert await is_asked(scope="read", resource="https://api.example")
    assert await is_asked(scope="read", redirect_uri=LOOPBACK)
    await server.manage("PUT", f"/oauth_clients/{client.client_id}", json={"name": "Another"})
    assert await is_asked(scope="read")


@requirement("consent.strangers-always-asked")
async def test_for_a_client_that_nobody_vouches_for_a_person_is_always_asked(server: Server) -> None:
    client = await server.register_client()
    await server.approve(client)
    shown = data_of(await server.manage("GET", f"/oauth/consent/{await server.consent_token(client)}"))
    assert shown["new_scopes"] == []
    assert shown["consent_required"] is True


@requirement("consent.session")
async def test_a_session_of_our_own_pages_decides_for_its_person(server: Server) -> None:
    signed_in = await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    session = body_of(signed_in, 201)["session"]
    acting = body_of(await server.http.post("/v2/sessions/token", json={"session": session}))
    client = await server.make_client()
    code = await server.approve(client, key=acting["access_token"])
    tokens = await server.exchange(client, code)
    (grant,) = await server.grants()
    assert grant["client_id"] == client.client_id
    assert (await server.introspect(client, tokens["access_token"]))["sub"] == acting["user_id"]
    decided = [event for event in await server.audited() if event.kind == "consent.allowed"]
    assert decided[-1].credential.startswith("session ")

    server.clock.advance(300)
    assert_refused(await server.manage("GET", "/oauth_grants", key=acting["access_token"]), 401, "invalid_token")


@requirement("consent.session-ends")
async def test_signing_out_ends_what_a_session_may_do(server: Server) -> None:
    signed_in = await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    session = {"session": body_of(signed_in, 201)["session"]}
    acting = body_of(await server.http.post("/v2/sessions/token", json=session))["access_token"]
    assert (await server.http.post("/v2/sessions/end", json=session)).status_code == 204
    assert_refused(await server.http.post("/v2/sessions/token", json=session), 401, "invalid_token")
    answer = await server.http.get("/v2/oauth_grants", headers=bearer(acting))
    assert_refused_by_management(answer, 401, "invalid_token")
