"""What a person has allowed, told by name: over the wire, on each database."""

from tests.conftest import StartServer
from tests.support.api import data_of
from tests.support.server import Server

SCOPES = [
    {"id": "calls", "name": "See your calls", "description": "Numbers and times."},
    {"id": "messages", "name": "Send messages", "description": "From your numbers."},
]


async def test_an_app_is_told_with_name_standing_scopes_and_resources(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    client = await server.make_client(name="Fleet", allowed_scopes=["calls", "messages"])
    await server.approve(client, scope="calls", resource="https://api.example/")
    await server.approve(client, scope="messages")
    answer = await server.manage("GET", "/connected_apps")
    (app,) = answer.json()["data"]
    (grant,) = await server.grants()
    assert app == grant | {
        "record_type": "connected_app",
        "name": "Fleet",
        "verified": False,
        "first_party": True,
        "logo_uri": None,
        "policy_uri": None,
        "tos_uri": None,
        "scopes": SCOPES,
        "resources": ["https://api.example/", server.app.settings.issuer],
        "offline_seconds": 1800,
    }
    assert answer.json()["meta"] == {"page_number": 1, "page_size": 20, "total_pages": 1, "total_results": 1}
    assert data_of(await server.manage("GET", f"/connected_apps/{app['id']}"), 200) == app


async def test_the_last_use_is_that_of_its_tokens(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    (before,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    server.clock.advance(30)
    await server.exchange(client, code)
    (after,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    assert (before["last_used_at"], after["last_used_at"]) == (None, (await server.grants())[0]["last_used_at"])
    assert after["last_used_at"] is not None


async def test_a_stranger_is_told_as_one(server: Server) -> None:
    client = await server.register_client(client_name="Assistant")
    await server.approve(client)
    (app,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    assert (app["name"], app["first_party"], app["verified"]) == ("Assistant", False, False)


async def test_what_somebody_allowed_is_nobody_elses_business(server: Server) -> None:
    colleague = await server.make_colleague()
    await server.approve(await server.make_client())
    (app,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    foreign = await server.manage("GET", f"/connected_apps/{app['id']}", key=colleague.api_key)
    assert (foreign.status_code, foreign.json()["error"]) == (404, "not_found")
    assert (await server.manage("GET", "/connected_apps", key=colleague.api_key)).json()["data"] == []


async def test_a_revoked_app_is_gone_and_can_ask_again(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.exchange(client, await server.approve(client))
    (app,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    assert (await server.manage("DELETE", f"/oauth_grants/{app['id']}")).status_code == 200
    assert (await server.manage("GET", f"/connected_apps/{app['id']}")).status_code == 404
    assert not await server.is_live(tokens["access_token"])
    await server.approve(client)
    (again,) = (await server.manage("GET", "/connected_apps")).json()["data"]
    assert again["id"] != app["id"]


async def test_a_token_of_a_client_is_not_told(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.exchange(client, await server.approve(client))
    assert (await server.manage("GET", "/connected_apps", key=tokens["access_token"])).status_code == 403
