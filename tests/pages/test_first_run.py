"""The start page of a server on which nothing was set up yet."""

import json
import shlex

from tests.conftest import StartServer
from tests.pages.visitor import Visitor, read
from tests.support.server import EMAIL, PASSWORD

from grantwell.pages.first_run import call_for


async def test_whoever_comes_first_is_told_what_to_do_until_there_is_a_client(start_server: StartServer) -> None:
    server = await start_server(site_name="Example Login")
    visitor = Visitor(server)
    first = read(await visitor.get("/"))
    assert "Example Login is running" in first.text
    assert f"curl {visitor.issuer}/v2/oauth_clients" in first.text
    assert '"allowed_scopes": [ "admin" ]' in first.text
    assert first.links["Sign in as administrator"]["href"] == "/sign-in?return_to=%2Fconsole%2Fclients"
    for secret in (EMAIL, PASSWORD, server.api_key):
        assert secret not in first.text

    client = await server.make_client()
    later = read(await visitor.get("/"))
    assert "This is an OAuth 2.1 authorization server." in later.text
    await server.manage("DELETE", f"/oauth_clients/{client.client_id}")
    assert "This is an OAuth 2.1 authorization server." in read(await visitor.get("/")).text


async def test_the_first_steps_are_told_in_german_too(start_server: StartServer) -> None:
    visitor = Visitor(await start_server(), {"accept-language": "de"})
    assert "Legen Sie einen ersten Client an" in read(await visitor.get("/")).text


async def test_whoever_is_signed_in_knows_already(start_server: StartServer) -> None:
    visitor = Visitor(await start_server())
    await visitor.sign_in()
    assert "is running" not in read(await visitor.get("/")).text


async def test_without_a_database_the_start_page_is_there_all_the_same(start_server: StartServer) -> None:
    server = await start_server()
    visitor = Visitor(server)
    await server.backend.close()
    assert "This is an OAuth 2.1 authorization server." in read(await visitor.get("/")).text


def test_the_call_can_be_pasted_whatever_a_name_holds() -> None:
    call = call_for("https://auth.example", {"name": 'Ada\'s "first" client; rm -rf ~'})
    words = shlex.split(call)
    assert words[:2] == ["curl", "https://auth.example/v2/oauth_clients"]
    assert json.loads(words[-1]) == {"name": 'Ada\'s "first" client; rm -rf ~'}
