"""A client outlives the API key that made it: it gets no more than the key had, and the audit log finds it."""

from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.api import body_of, data_of
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management

NEW = {
    "name": "Made by a key",
    "client_type": "confidential",
    "allowed_scopes": ["admin"],
    "allowed_grant_types": ["client_credentials"],
}


async def make(server: Server, key: str) -> Client:
    made = data_of(await server.manage("POST", "/oauth_clients", key=key, json=NEW), 201)
    return Client(made["client_id"], made["client_secret"])


@requirement("attacks.introspection-by-detour")
async def test_a_key_without_introspection_makes_no_client_that_introspects_others(server: Server) -> None:
    person = await server.make_colleague(capabilities=("clients",))
    made = await make(server, person.api_key)
    theirs = await server.client_token(await server.make_client())
    own = await server.client_token(made)
    assert (await server.introspect(made, theirs))["active"] is False
    assert (await server.introspect(made, own))["active"] is True


@requirement("attacks.introspection-by-detour")
async def test_nor_does_a_client_that_such_a_client_makes(server: Server) -> None:
    person = await server.make_colleague(capabilities=("clients",))
    first = await make(server, person.api_key)
    second = await make(server, await server.client_token(first))
    theirs = await server.client_token(await server.make_client())
    assert (await server.introspect(second, theirs))["active"] is False
    # One that may introspect hands that on.
    third = await make(server, await server.client_token(await server.make_client()))
    assert (await server.introspect(third, theirs))["active"] is True


@requirement("attacks.introspection-by-detour")
async def test_nor_does_a_client_that_registers_with_such_a_key(server: Server) -> None:
    person = await server.make_colleague(capabilities=("clients",))
    metadata = {"token_endpoint_auth_method": "client_secret_post", "grant_types": ["client_credentials"]}
    answer = await server.http.post("/v2/oauth/register", json=metadata, headers=person.bearer)
    made = body_of(answer, 201)
    registered = Client(made["client_id"], made["client_secret"])
    assert (await server.introspect(registered, await server.client_token(registered)))["active"] is True
    theirs = await server.client_token(await server.make_client())
    assert (await server.introspect(registered, theirs))["active"] is False


@requirement("attacks.introspection-by-detour")
async def test_such_a_key_gets_no_secret_of_a_client_that_introspects(server: Server) -> None:
    person = await server.make_colleague(capabilities=("clients",))
    client = await server.make_client()
    path = f"/oauth_clients/{client.client_id}/secrets"
    refused = await server.manage("POST", path, key=person.api_key, json={})
    assert_refused_by_management(refused, 403, "access_denied")
    own = await make(server, person.api_key)
    path = f"/oauth_clients/{own.client_id}/secrets"
    assert data_of(await server.manage("POST", path, key=person.api_key, json={}), 201)["client_secret"]


@requirement("attacks.introspection-by-detour")
async def test_what_a_person_makes_in_the_console_introspects_as_ever(server: Server) -> None:
    made = await make(server, await server.session_token())
    theirs = await server.client_token(await server.make_client())
    assert (await server.introspect(made, theirs))["active"] is True


@requirement("attacks.clients-of-a-leaked-key")
async def test_the_audit_log_finds_every_client_that_a_key_has_made(server: Server) -> None:
    person = await server.make_colleague()
    made = [await make(server, person.api_key) for _ in range(3)]
    await make(server, server.api_key)
    ((key,), _) = await server.backend.user_api_keys(person.user_id, 0, 1)
    admin = await server.session_token()
    revoked = await server.manage("DELETE", f"/api_keys/{key.api_key_id}", key=admin)
    assert revoked.status_code == 204
    told = [event for event in await server.audited() if event.credential == f"api_key {key.api_key_id}"]
    created = {event.subject for event in told if event.kind == "client.created"}
    assert created == {client.client_id for client in made}
    # They live on, for they belong to the key's owner; switched off, each of them is over.
    assert await server.client_token(made[0])
    path = f"/oauth_clients/{made[0].client_id}/status"
    assert (await server.manage("PUT", path, key=admin, json={"enabled": False})).status_code == 200
    refused = await server.token(made[0], "client_credentials")
    assert refused.status_code == 401
