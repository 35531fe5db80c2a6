"""API keys: what ends one, and what is remembered of its use."""

from tests.requirements.marker import requirement
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management

from grantwell.protocol.changes import RevokeApiKey
from grantwell.protocol.people_changes import ReplaceUser


@requirement("api-keys.expire")
async def test_a_key_works_until_it_expires(server: Server) -> None:
    person = await server.make_colleague(expires_at=int(server.clock()) + 60)
    assert await server.grants(key=person.api_key) == []
    server.clock.advance(60)
    answer = await server.manage("GET", "/oauth_grants", key=person.api_key)
    assert_refused_by_management(answer, 401, "invalid_token")


@requirement("api-keys.revoked")
async def test_a_revoked_key_works_no_more(server: Server) -> None:
    person = await server.make_colleague()
    (key,) = [each for each in await server.backend.api_keys(person.org_id) if each.user_id == person.user_id]
    await server.backend.apply((RevokeApiKey(key.api_key_id, person.org_id, int(server.clock())),))
    answer = await server.manage("GET", "/oauth_grants", key=person.api_key)
    assert_refused_by_management(answer, 401, "invalid_token")


@requirement("api-keys.disabled-user")
async def test_a_disabled_users_keys_clients_and_tokens_all_stop(server: Server) -> None:
    import msgspec

    person = await server.make_colleague()
    client = await server.make_client(key=person.api_key)
    managing, login = await server.client_token(client), await server.log_in(client, key=person.api_key)
    user = await server.backend.user_by_email(person.email)
    assert user is not None
    await server.backend.apply((ReplaceUser(msgspec.structs.replace(user, enabled=False), user),))
    for credential in (person.api_key, managing):
        answer = await server.manage("GET", "/oauth_clients", key=credential)
        assert_refused_by_management(answer, 401, "invalid_token")
    assert not await server.is_live(login["access_token"])
    assert (await server.rotate(client, login["refresh_token"])).json()["error"] == "invalid_grant"


@requirement("api-keys.last-use")
async def test_last_uses_are_written_down_in_batches_and_at_the_latest_at_the_end(server: Server) -> None:
    person = await server.make_colleague()
    server.clock.advance(30)
    client = await server.make_client(key=person.api_key)
    await server.client_token(client)
    await server.app.driver.last_uses.write()
    (key,) = [each for each in await server.backend.api_keys(person.org_id) if each.user_id == person.user_id]
    used = await server.backend.client(client.client_id)
    assert used is not None
    assert key.last_used_at == used.secret_last_used_at == int(server.clock())
