"""A client's secret rotates over the API, while the client goes on working."""

from tests.support.actors import Client, bearer
from tests.support.api import body_of, data_of
from tests.support.server import Server


async def test_a_secret_rotates_and_the_older_one_is_ended_when_nobody_uses_it(server: Server) -> None:
    client = await server.make_client()
    path = f"/oauth_clients/{client.client_id}/secrets"
    made = data_of(await server.manage("POST", path, json={"overlap_seconds": 3600}), 201)
    newer = Client(client.client_id, made["client_secret"], client.redirect_uri)
    await server.client_token(client)
    await server.client_token(newer)
    await server.app.driver.last_uses.write()
    newest, older = body_of(await server.manage("GET", path))["data"]
    assert newest["last_used_at"] == older["last_used_at"] is not None
    assert (newest["expires_at"], older["expires_at"]) == (None, made["older_secret_expires_at"])
    assert (await server.manage("DELETE", path)).status_code == 204
    assert (await server.token(client, "client_credentials")).status_code == 401
    assert await server.client_token(newer)
    assert [each["generation"] for each in body_of(await server.manage("GET", path))["data"]] == ["newest"]
    kinds = [event.kind for event in await server.audited() if event.subject == client.client_id]
    assert sorted(kinds) == ["client.created", "client.older_secret_ended", "client.secret_rotated"]


async def test_a_client_cannot_give_itself_or_another_a_secret(server: Server) -> None:
    manager, other = await server.make_client(), await server.make_client()
    token = await server.client_token(manager)
    for client in (manager, other):
        for method in ("POST", "DELETE"):
            path = f"/v2/oauth_clients/{client.client_id}/secrets"
            assert (await server.http.request(method, path, headers=bearer(token))).status_code == 403
    assert await server.client_token(other)


async def test_an_organization_rotates_its_own_clients_secrets_only(server: Server) -> None:
    client = await server.make_client()
    eve = await server.make_person("eve@elsewhere.example")
    member = await server.make_colleague("mel@example.com", role="member")
    for method in ("GET", "POST", "DELETE"):
        path = f"/oauth_clients/{client.client_id}/secrets"
        assert (await server.manage(method, path, key=eve.api_key)).status_code == 404
        assert (await server.manage(method, path, key=member.api_key)).status_code == (200 if method == "GET" else 403)


async def test_a_client_that_is_switched_off_gets_no_token_until_it_is_on_again(server: Server) -> None:
    client = await server.make_client()
    path = f"/oauth_clients/{client.client_id}/status"
    token = await server.client_token(client)
    assert data_of(await server.manage("PUT", path, json={"enabled": False}))["enabled"] is False
    assert not await server.is_live(token)
    assert (await server.token(client, "client_credentials")).status_code == 401
    assert data_of(await server.manage("PUT", path, json={"enabled": True}))["enabled"] is True
    server.clock.advance(2)
    assert await server.is_live(await server.client_token(client))
    assert not await server.is_live(token)
