"""A client's secrets and its switch, as the wire sees them, while time goes on."""

from tests.requirements.marker import requirement
from tests.support.actors import Client
from tests.support.server import Server

from grantwell.protocol.client_secret_rotation import RotatedSecret, rotate_client_secret
from grantwell.protocol.client_switch import disable_client, enable_client
from grantwell.protocol.records import Client as Record


async def record_of(server: Server, client: Client) -> Record:
    found = await server.backend.client(client.client_id)
    assert found is not None
    return found


async def rotate(server: Server, client: Client, overlap: int) -> Client:
    """Rotate as an operator does; the client as it is then configured anew."""
    context = server.app.driver.context("test", "")
    rotated: RotatedSecret = rotate_client_secret(await record_of(server, client), overlap, context)
    await server.backend.apply(rotated.changes)
    return Client(client.client_id, rotated.secret, client.redirect_uri)


async def status(server: Server, client: Client, *, basic: bool = False) -> int:
    return (await server.token(client, "client_credentials", basic=basic)).status_code


@requirement("clients.secret-rotation")
async def test_the_old_secret_works_beside_the_new_one_until_the_overlap_ends(server: Server) -> None:
    old = await server.make_client()
    new = await rotate(server, old, 3600)
    server.clock.advance(3599)
    for basic in (True, False):
        assert (await status(server, old, basic=basic), await status(server, new, basic=basic)) == (200, 200)
    server.clock.advance(1)
    for basic in (True, False):
        assert (await status(server, old, basic=basic), await status(server, new, basic=basic)) == (401, 200)
    assert [event.reason for event in server.events if event.status == 401] == ["client_secret_expired"] * 2


@requirement("clients.secret-rotation")
async def test_of_three_secrets_the_two_newest_work(server: Server) -> None:
    first = await server.make_client()
    second = await rotate(server, first, 3600)
    third = await rotate(server, second, 3600)
    assert [await status(server, each) for each in (first, second, third)] == [401, 200, 200]


async def test_the_old_secret_serves_every_operation_that_a_client_authenticates_at(server: Server) -> None:
    old = await server.make_client()
    login = await server.log_in(old)
    new = await rotate(server, old, 3600)
    refreshed = await server.refresh(old, login["refresh_token"])
    assert (await server.introspect(old, refreshed["access_token"]))["active"]
    assert (await server.introspect(new, refreshed["access_token"]))["active"]
    assert (await server.revoke(old, refreshed["refresh_token"])).status_code == 200
    assert not (await server.introspect(new, refreshed["access_token"]))["active"]


async def test_each_secret_has_its_own_last_use_also_when_it_was_used_just_before_the_rotation(server: Server) -> None:
    old = await server.make_client()
    await status(server, old)
    before = int(server.clock())
    new = await rotate(server, old, 3600)
    await server.app.driver.last_uses.write()
    found = await record_of(server, old)
    assert (found.older_secret_last_used_at, found.secret_last_used_at) == (before, None)
    server.clock.advance(7)
    await status(server, new)
    await server.app.driver.last_uses.write()
    found = await record_of(server, old)
    assert (found.older_secret_last_used_at, found.secret_last_used_at) == (before, before + 7)


async def test_a_change_by_the_api_keeps_both_secrets(server: Server) -> None:
    old = await server.make_client()
    new = await rotate(server, old, 3600)
    assert (await server.manage("PUT", f"/oauth_clients/{old.client_id}", json={"name": "Renamed"})).status_code == 200
    assert (await status(server, old), await status(server, new)) == (200, 200)


@requirement("clients.last-use")
async def test_a_client_tells_when_it_was_used_last_whether_or_not_it_has_a_secret(server: Server) -> None:
    confidential = await server.make_client()
    public = await server.make_client(client_type="public")
    server.clock.advance(30)
    await server.client_token(confidential)
    await server.log_in(public)
    await server.app.driver.last_uses.write()
    for client in (confidential, public):
        shown = (await server.manage("GET", f"/oauth_clients/{client.client_id}")).json()["data"]
        assert shown["last_used_at"] == "2026-06-01T12:00:30Z"


@requirement("clients.disable")
async def test_a_disabled_client_is_out_and_everything_that_was_issued_to_it_ends_for_good(server: Server) -> None:
    client = await server.make_client()
    own, login = await server.client_token(client), await server.log_in(client)
    code, asked = await server.approve(client), await server.consent_token(client)
    context = server.app.driver.context("test", "")
    disabled, changes = disable_client(await record_of(server, client), context)
    await server.backend.apply(changes)
    assert await status(server, client) == 401
    assert (await server.authorize(client)).status_code == 404
    await server.backend.apply(enable_client(disabled, context)[1])
    for token in (own, login["access_token"]):
        assert not await server.is_live(token)
    assert (await server.rotate(client, login["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await server.redeem(client, code)).json()["error"] == "invalid_grant"
    assert (await server.decide(asked)).status_code == 422
    server.clock.advance(1)
    assert (await server.log_in(client))["refresh_token"]
    assert await server.is_live(await server.client_token(client))
