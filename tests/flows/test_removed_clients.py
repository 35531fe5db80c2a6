"""A client that has been removed: nothing of it works or is seen any more, whatever of it is still to be deleted."""

from tests.support.api import body_of
from tests.support.server import Server

LOGINS = 3


async def test_with_a_client_go_its_tokens_its_logins_and_its_grants(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    logins = [await server.log_in(client) for _ in range(LOGINS)]
    theirs, code = await server.log_in(other), await server.approve(client)
    removed = await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    assert removed.status_code == 204

    for when in ("at once", "after clean-up"):
        for login in logins:
            assert not await server.is_live(login["access_token"]), when
            refused = await server.rotate(client, login["refresh_token"])
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), when
        assert (await server.redeem(client, code)).status_code == 401, when
        assert (await server.authorize(client)).status_code == 404, when
        assert [grant["client_id"] for grant in await server.grants()] == [other.client_id], when
        assert await server.is_live(theirs["access_token"]), when
        await server.app.background.clean_up()
    renewed = await server.refresh(other, theirs["refresh_token"])
    assert await server.is_live(renewed["access_token"])


async def test_a_grant_of_a_removed_client_cannot_be_taken_back_for_it_is_gone(server: Server) -> None:
    client = await server.make_client()
    await server.log_in(client)
    (grant,) = await server.grants()
    await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    for method in ("GET", "DELETE"):
        assert (await server.manage(method, f"/oauth_grants/{grant['id']}")).status_code == 404
    assert body_of(await server.manage("GET", "/oauth_grants"))["meta"]["total_results"] == 0


async def test_clean_up_leaves_nothing_of_removed_clients(server: Server) -> None:
    clients = [await server.make_client() for _ in range(3)]
    for client in clients:
        for _ in range(LOGINS):
            await server.log_in(client)
        await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    before = dict(server.app.background.removed)
    await server.app.background.clean_up()
    # For each client its lineages, its grant, and the note that it was removed.
    gone = server.app.background.removed["removed_clients"] - before.get("removed_clients", 0)
    assert gone == len(clients) * (LOGINS + 2)
