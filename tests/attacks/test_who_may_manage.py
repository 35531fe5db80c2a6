"""Rights come from the kind of credential, then its audience, then its scope: who tries it with another one."""

import msgspec
import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, bearer
from tests.support.api import body_of, data_of
from tests.support.server import Server
from tests.support.tokens import claims_of
from tests.support.wire import assert_refused_by_management

from grantwell.protocol.changes import ReplaceClient

MANAGEMENT = [
    ("GET", "/oauth_clients"),
    ("POST", "/oauth_clients"),
    ("GET", "/oauth_clients/x"),
    ("PUT", "/oauth_clients/x"),
    ("DELETE", "/oauth_clients/x"),
    ("GET", "/oauth_grants"),
    ("GET", "/oauth_grants/x"),
    ("DELETE", "/oauth_grants/x"),
    ("GET", "/oauth/consent/x"),
    ("POST", "/oauth/grants"),
]


async def assert_manages_nothing(server: Server, token: str) -> None:
    for method, path in MANAGEMENT:
        answer = await server.manage(method, path, key=token)
        assert_refused_by_management(answer, 403, "insufficient_scope")


@requirement("attacks.self-registration-to-admin")
async def test_a_self_registered_client_never_becomes_an_administrator(server: Server) -> None:
    client = await server.register_client(scope="admin")
    tokens = await server.log_in(client, scope="admin")
    claims = claims_of(tokens["access_token"])
    assert (claims["scope"], claims["aud"]) == ("admin", "http://127.0.0.1:8000")
    await assert_manages_nothing(server, tokens["access_token"])


@requirement("attacks.self-registration-to-admin")
async def test_a_self_registered_client_cannot_smuggle_in_a_grant_type_or_a_flag(server: Server) -> None:
    smuggled = {
        "grant_types": ["authorization_code", "client_credentials"],
        "allowed_grant_types": ["client_credentials"],
        "client_type": "confidential",
        "verified": True,
        "origin": "management",
        "org_id": "org_of_somebody",
        # Who chose an id could pass for a person at APIs that look at `sub` alone (RFC 9700 section 4.15).
        "client_id": "user_of_somebody",
        "require_pkce": False,
        "redirect_uris": [CALLBACK],
    }
    made = body_of(await server.register(**smuggled), 201)
    assert made["client_id"] != "user_of_somebody"
    form = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    refused = await server.http.post("/v2/oauth/token", data=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    client = await server.backend.client(made["client_id"])
    assert client is not None
    assert (client.verified, client.origin, client.org_id) == (False, "registration", "org_registered")


@requirement("attacks.self-registration-to-admin")
async def test_a_self_registered_client_that_got_the_grant_type_by_mistake_manages_nothing(server: Server) -> None:
    client = await server.register_client(token_endpoint_auth_method="client_secret_post")
    record = await server.backend.client(client.client_id)
    assert record is not None
    changed = msgspec.structs.replace(record, allowed_grant_types=("client_credentials",))
    await server.backend.apply((ReplaceClient(changed, record.revision),))
    await assert_manages_nothing(server, await server.client_token(client))


@requirement("attacks.user-token-manages")
async def test_a_scope_that_a_person_granted_never_administers_this_server(server: Server) -> None:
    tokens = await server.log_in(await server.make_client(), scope="admin")
    await assert_manages_nothing(server, tokens["access_token"])


@requirement("attacks.resource-servers-token")
async def test_a_token_for_somebody_elses_api_is_worth_nothing_at_ours(server: Server) -> None:
    client = await server.make_client()
    elsewhere = await server.client_token(client, resource="https://api.example/mcp")
    await assert_manages_nothing(server, elsewhere)
    granted = await server.log_in(client, resource="https://api.example/mcp")
    await assert_manages_nothing(server, granted["access_token"])


@requirement("attacks.management-scope")
async def test_a_clients_own_token_without_the_management_scope_manages_nothing(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}])
    client = await server.make_client(allowed_scopes=["admin", "read"])
    await assert_manages_nothing(server, await server.client_token(client, scope="read"))


@requirement("attacks.more-than-the-caller")
async def test_nobody_makes_or_edits_a_client_into_more_than_the_caller_has(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    manager = await server.make_client(allowed_scopes=["admin", "read"])
    mighty = await server.make_client(allowed_scopes=["admin", "read", "write"])
    token = await server.client_token(manager)
    body = {"name": "x", "client_type": "confidential", "allowed_grant_types": ["client_credentials"]}
    wider = await server.manage("POST", "/oauth_clients", key=token, json=body | {"allowed_scopes": ["write"]})
    assert_refused_by_management(wider, 422, "invalid_request")
    made = await server.manage("POST", "/oauth_clients", key=token, json=body | {"allowed_scopes": ["read"]})
    own = data_of(made, 201)
    path = f"/oauth_clients/{own['client_id']}"
    widened = await server.manage("PUT", path, key=token, json={"allowed_scopes": ["read", "write"]})
    assert_refused_by_management(widened, 422, "invalid_request")
    for method, change in (("PUT", {"redirect_uris": ["https://evil.example/"]}), ("DELETE", None)):
        answer = await server.manage(method, f"/oauth_clients/{mighty.client_id}", key=token, json=change)
        assert_refused_by_management(answer, 403, "access_denied")


@requirement("attacks.more-than-the-caller")
async def test_a_client_never_has_more_than_the_user_who_made_it(server: Server) -> None:
    member = await server.make_colleague(role="member")
    ours = await server.make_client()
    token = await server.client_token(await server.make_client(key=member.api_key))
    answer = await server.manage("DELETE", f"/oauth_clients/{ours.client_id}", key=token)
    assert_refused_by_management(answer, 403, "access_denied")


@requirement("attacks.other-organization")
async def test_a_clients_token_reaches_no_other_organization(server: Server) -> None:
    stranger = await server.make_person()
    ours = await server.make_client()
    token = await server.client_token(await server.make_client(key=stranger.api_key))
    for method in ("GET", "PUT", "DELETE"):
        answer = await server.manage(method, f"/oauth_clients/{ours.client_id}", key=token, json={})
        assert_refused_by_management(answer, 404, "not_found")


@requirement("attacks.self-approval")
async def test_a_client_cannot_approve_its_own_request(server: Server) -> None:
    client = await server.make_client()
    consent_token = await server.consent_token(client)
    for token in (await server.client_token(client), (await server.log_in(client))["access_token"]):
        refused = await server.decide(consent_token, key=token)
        assert_refused_by_management(refused, 403, "insufficient_scope")
        shown = await server.manage("GET", f"/oauth/consent/{consent_token}", key=token)
        assert_refused_by_management(shown, 403, "insufficient_scope")
    for credential in (client.client_secret or "", consent_token):
        assert_refused_by_management(await server.decide(consent_token, key=credential), 401, "invalid_token")


@requirement("attacks.other-credentials")
async def test_no_other_string_of_this_server_passes_for_a_bearer(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    tokens = await server.log_in(client)
    strings = (
        *(code, tokens["refresh_token"], client.client_secret or "", client.client_id),
        *(await server.consent_token(client), f"{server.api_key} ", server.api_key.upper(), f"{server.api_key}\u00e9"),
    )
    for string in strings[:-3]:
        answer = await server.manage("GET", "/oauth_clients", key=string)
        assert_refused_by_management(answer, 401, "invalid_token")
    answer = await server.manage("GET", "/oauth_clients", headers=bearer(server.api_key.upper()))
    assert_refused_by_management(answer, 401, "invalid_token")


@pytest.mark.parametrize("place", ["query", "body"])
@requirement("attacks.key-elsewhere")
async def test_a_key_counts_in_the_authorization_header_alone(server: Server, place: str) -> None:
    sent = {"access_token": server.api_key, "api_key": server.api_key}
    if place == "query":
        answer = await server.http.get("/v2/oauth_clients", params=sent)
    else:
        answer = await server.http.post("/v2/oauth_clients", json=sent)
    assert_refused_by_management(answer, 401, "invalid_token")
