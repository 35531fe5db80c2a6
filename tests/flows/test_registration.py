"""Clients that register themselves (RFC 7591)."""

from typing import Any

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, bearer
from tests.support.api import body_of, query_of
from tests.support.server import Server
from tests.support.wire import assert_refused, assert_refused_plainly

REGISTER = "/v2/oauth/register"
TWO_SCOPES = [{"id": "admin"}, {"id": "read"}]
FOUR_SCOPES = [*TWO_SCOPES, {"id": "write"}, {"id": "payments"}]
CURSOR = [
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
]


@requirement("register.nothing-required")
@pytest.mark.parametrize("sent", [{"json": {}}, {"headers": {"Content-Type": "application/json"}}, {}])
async def test_nothing_need_be_said(server: Server, sent: dict[str, Any]) -> None:
    made = body_of(await server.http.post(REGISTER, **sent), 201)
    assert made["client_id"]
    assert made["client_id_issued_at"] == int(server.clock())
    assert made["grant_types"] == ["authorization_code"]
    assert made["response_types"] == ["code"]
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["client_secret"]


@requirement("register.no-nulls")
async def test_the_answer_has_no_nulls_and_repeats_what_was_registered(server: Server) -> None:
    said = {
        "client_name": "Example",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "admin",
        "token_endpoint_auth_method": "client_secret_post",
        "logo_uri": "https://client.example/logo.png",
        "tos_uri": "https://client.example/terms",
        "policy_uri": "https://client.example/privacy",
    }
    made = body_of(await server.register(**said), 201)
    assert {name: made[name] for name in said} == said
    assert None not in made.values()


@requirement("register.public-has-no-secret")
async def test_a_public_client_gets_no_secret(server: Server) -> None:
    made = body_of(await server.register(token_endpoint_auth_method="none", redirect_uris=[CALLBACK]), 201)
    assert "client_secret" not in made
    assert "client_secret_expires_at" not in made


@requirement("register.extra-fields-ignored")
@requirement("register.extra-fields-refused")
async def test_fields_that_nobody_knows_are_ignored(server: Server) -> None:
    extras = {"client_uri": "https://a.example", "contacts": ["a@a.example"], "software_id": "x", "jwks": {"keys": []}}
    assert not extras.keys() & body_of(await server.register(**extras), 201).keys()


@requirement("register.problems-named")
async def test_every_field_that_is_refused_is_named_with_its_reason(server: Server) -> None:
    answer = await server.register(
        client_name="", logo_uri="ftp://x", redirect_uris=["https://a.example/#f", CALLBACK], response_types=["token"]
    )
    body = assert_refused(answer, 400, "invalid_client_metadata")
    assert set(body) == {"error", "error_description", "invalid_fields"}
    assert set(body["invalid_fields"]) == {"client_name", "logo_uri", "redirect_uris", "response_types"}
    (problem,) = body["invalid_fields"]["redirect_uris"]
    assert "https://a.example/#f" in problem
    assert "fragment" in problem


@requirement("register.types")
@pytest.mark.parametrize("field", ["client_name", "redirect_uris", "grant_types", "scope", "logo_uri"])
async def test_a_value_of_the_wrong_type_is_refused_by_its_fields_name(server: Server, field: str) -> None:
    body = assert_refused(await server.register(**{field: 7}), 400, error_for(field))
    assert set(body["invalid_fields"]) == {field}


def error_for(field: str) -> str:
    return "invalid_redirect_uri" if field == "redirect_uris" else "invalid_client_metadata"


@requirement("register.malformed")
async def test_a_body_that_is_no_json_object_is_refused_in_the_same_form(server: Server) -> None:
    for body in (b"{", b"[]", b'"x"', b'{"client_name": "a", "client_name": "b"}'):
        answer = await server.http.post(REGISTER, content=body, headers={"Content-Type": "application/json"})
        assert assert_refused(answer, 400, "invalid_request")["invalid_fields"] == {}


@requirement("register.redirect-uri-code")
async def test_where_only_redirect_uris_are_wrong_the_error_has_its_own_code(server: Server) -> None:
    assert_refused(await server.register(redirect_uris=["http://client.example/"]), 400, "invalid_redirect_uri")


@requirement("register.real-clients")
async def test_what_cursor_registers_is_accepted_as_one_set(server: Server) -> None:
    made = body_of(await server.register(redirect_uris=CURSOR, token_endpoint_auth_method="none"), 201)
    assert made["redirect_uris"] == CURSOR


@requirement("register.no-client-credentials")
async def test_nobody_registers_to_act_for_themselves(server: Server) -> None:
    asked = ["authorization_code", "client_credentials", "refresh_token"]
    made = body_of(await server.register(grant_types=asked, redirect_uris=[CALLBACK]), 201)
    assert made["grant_types"] == ["authorization_code", "refresh_token"]
    assert_refused(await server.register(grant_types=["client_credentials"]), 400, "invalid_client_metadata")


@requirement("register.scopes")
async def test_self_registered_clients_get_no_management_scope_where_there_is_another(
    start_server: StartServer,
) -> None:
    server = await start_server(scopes=TWO_SCOPES)
    assert body_of(await server.register(), 201)["scope"] == "read"
    assert body_of(await server.register(scope="admin read"), 201)["scope"] == "read"
    assert_refused(await server.register(scope="admin"), 400, "invalid_client_metadata")


@requirement("register.step-up")
async def test_a_self_registered_client_may_ask_its_person_for_more_than_it_registered_with(
    start_server: StartServer,
) -> None:
    server = await start_server(scopes=FOUR_SCOPES, registration_scopes=("read", "write"))
    client = await server.register_client(scope="read")
    assert (await server.log_in(client))["scope"] == "read"
    more = await server.log_in(client, scope="read write")
    assert more["scope"] == "read write"
    assert (await server.refresh(client, more["refresh_token"]))["scope"] == "read write"
    for beyond in ("admin", "read payments"):
        refused = await server.authorize(client, scope=beyond)
        assert query_of(refused.headers["location"])["error"] == "invalid_scope"


@requirement("register.owned-by-nobody")
async def test_self_registered_clients_are_in_nobodys_list(server: Server) -> None:
    client = await server.register_client()
    listed = body_of(await server.manage("GET", "/oauth_clients"))
    assert listed["data"] == []
    for method in ("GET", "PUT", "DELETE"):
        answer = await server.manage(method, f"/oauth_clients/{client.client_id}")
        assert_refused(answer, 404, "not_found")


@requirement("register.initial-access-token")
async def test_with_an_api_key_the_client_belongs_to_its_user(server: Server) -> None:
    headers = bearer(server.api_key)
    asked = {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post"}
    made = body_of(await server.http.post(REGISTER, json=asked, headers=headers), 201)
    (listed,) = body_of(await server.manage("GET", "/oauth_clients"))["data"]
    assert listed["client_id"] == made["client_id"]
    token = {"grant_type": "client_credentials", **{name: made[name] for name in ("client_id", "client_secret")}}
    assert (await server.http.post("/v2/oauth/token", data=token)).status_code == 200


@requirement("register.stray-bearer")
async def test_a_bearer_that_is_no_api_key_is_ignored(server: Server) -> None:
    token = await server.client_token(await server.make_client())
    for stray in ("of bad news", token):
        made = body_of(await server.http.post(REGISTER, json={}, headers=bearer(stray)), 201)
        answer = await server.manage("GET", f"/oauth_clients/{made['client_id']}")
        assert_refused(answer, 404, "not_found")


@requirement("register.switched")
async def test_registration_can_be_kept_to_holders_of_a_key_or_switched_off(start_server: StartServer) -> None:
    server = await start_server(registration="token")
    answer = await server.register()
    assert_refused_plainly(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert (await server.http.post(REGISTER, json={}, headers=bearer(server.api_key))).status_code == 201
    off = await start_server(backend=server.backend, registration="off")
    assert_refused_plainly(await off.http.post(REGISTER, json={}, headers=bearer(off.api_key)), 403, "access_denied")


@requirement("register.reaped")
async def test_a_client_that_nobody_ever_authorized_goes_after_a_day_and_others_stay(server: Server) -> None:
    idle, used = await server.register_client(), await server.register_client()
    await server.approve(used)
    server.clock.advance(86400 - 60)
    await server.app.background.clean_up()
    assert (await server.authorize(idle)).status_code == 302
    server.clock.advance(120)
    await server.app.background.clean_up()
    assert (await server.authorize(idle)).status_code == 404
    assert (await server.authorize(used)).status_code == 302
