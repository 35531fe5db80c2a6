"""The playground's own part of the server: a client, a redirect URI, and an opinion on a token."""

import pytest
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.actors import CALLBACK
from tests.support.api import data_of
from tests.support.server import Server

PATH = "/console/playground"
COLLEAGUE, HER_PASSWORD = "grace@example.com", "a password of her own"


@pytest.fixture
async def visitor(server: Server) -> Visitor:
    """Somebody who is signed in as the administrator."""
    made = Visitor(server)
    goes_to(await made.sign_in())
    return made


async def redirect_uris(server: Server, client_id: str) -> list[str]:
    found: list[str] = data_of(await server.manage("GET", f"/oauth_clients/{client_id}"))["redirect_uris"]
    return found


async def test_whoever_is_not_signed_in_is_sent_there_and_back(server: Server) -> None:
    assert goes_to(await Visitor(server).get(PATH)) == "/sign-in?return_to=%2Fconsole%2Fplayground"


async def test_an_answer_never_becomes_part_of_another_pages_address_or_of_a_page(
    server: Server, visitor: Visitor
) -> None:
    answer = {"code": "gw_code_x", "state": "of-the-tab", "error_description": "said-by-somebody"}
    assert goes_to(await Visitor(server).get(f"{PATH}/callback", params=answer)) == PATH
    page = await visitor.get(f"{PATH}/callback", params=answer)
    read(page)
    assert not [value for value in answer.values() if value in page.text]


async def test_the_clients_of_the_organization_are_offered_and_can_be_searched(
    server: Server, visitor: Visitor
) -> None:
    for name in ("Fleet", "Billing"):
        await server.make_client(name=name)
    stranger = await server.make_person()
    await server.make_client(name="Fleet of others", key=stranger.api_key)
    assert {"Fleet", "Billing"} <= read(await visitor.get(PATH)).links.keys()
    found = read(await visitor.get(PATH, params={"name": "fle"}))
    assert "Fleet" in found.links
    assert not {"Billing", "Fleet of others"} & found.links.keys()
    assert "No client has this in its name" in read(await visitor.get(PATH, params={"name": "x"})).text


async def test_a_client_for_a_try_is_public_comes_back_here_only_and_can_be_deleted_again(
    server: Server, visitor: Visitor
) -> None:
    to = goes_to(await visitor.submit(await visitor.get(PATH), f"{PATH}/client"))
    client_id = to.removeprefix(f"{PATH}?client_id=")
    made = data_of(await server.manage("GET", f"/oauth_clients/{client_id}"))
    assert (made["client_type"], made["redirect_uris"]) == ("public", [f"{visitor.issuer}{PATH}/callback"])
    page = await visitor.get(to)
    assert "The client is made" in read(page).text
    assert goes_to(await visitor.submit(page, f"{PATH}/client/delete")) == PATH
    assert (await server.manage("GET", f"/oauth_clients/{client_id}")).status_code == 404


async def test_no_other_client_can_be_deleted_here(server: Server, visitor: Visitor) -> None:
    to = goes_to(await visitor.submit(await visitor.get(PATH), f"{PATH}/client"))
    client = await server.make_client(name="Playground")
    page = await visitor.get(to)
    assert goes_to(await visitor.submit(page, f"{PATH}/client/delete", client_id=client.client_id))
    assert await redirect_uris(server, client.client_id) == [CALLBACK]


async def test_a_missing_redirect_uri_is_added_beside_the_others_once(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    at = f"{PATH}?client_id={client.client_id}"
    page = await visitor.get(at)
    assert 'data-part="ask"' not in page.text
    for _ in range(2):
        assert goes_to(await visitor.submit(page, f"{PATH}/redirect-uri")) == at
    assert await redirect_uris(server, client.client_id) == [CALLBACK, f"{visitor.issuer}{PATH}/callback"]
    assert 'data-part="ask"' in (await visitor.get(at)).text


async def test_nothing_is_changed_without_the_forms_token(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    page = await visitor.get(f"{PATH}?client_id={client.client_id}")
    refused = await visitor.submit(page, f"{PATH}/redirect-uri", form_token="of.another")
    assert refused.status_code == 403
    assert await redirect_uris(server, client.client_id) == [CALLBACK]


async def test_a_colleagues_client_is_an_administrators_to_change(server: Server) -> None:
    await server.make_colleague(COLLEAGUE, password=HER_PASSWORD, role="member")
    client = await server.make_client()
    member = Visitor(server)
    await member.sign_in(COLLEAGUE, HER_PASSWORD)
    page = await member.get(f"{PATH}?client_id={client.client_id}")
    refused = await member.submit(page, f"{PATH}/redirect-uri")
    assert "You may not change this client" in read(refused, 403).text
    assert await redirect_uris(server, client.client_id) == [CALLBACK]


@pytest.mark.parametrize("client_id", ["nobody", "..", "a" * 300, "../../v2/oauth_grants"])
async def test_a_client_that_is_not_there_is_said_to_be_missing(visitor: Visitor, client_id: str) -> None:
    page = await visitor.get(PATH, params={"client_id": client_id})
    assert "There is no such client" in read(page, 404).text


async def test_another_organizations_client_is_missing_too(server: Server, visitor: Visitor) -> None:
    stranger = await server.make_person()
    client = await server.make_client(key=stranger.api_key)
    page = await visitor.get(PATH, params={"client_id": client.client_id})
    assert "There is no such client" in read(page, 404).text


async def token_for_inspection(visitor: Visitor, client_id: str) -> str:
    page = await visitor.get(f"{PATH}?client_id={client_id}")
    return page.text.partition('data-inspect-token="')[2].partition('"')[0]


async def test_a_token_is_inspected_for_the_person_who_is_signed_in(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    form = {"token": tokens["access_token"], "form_token": await token_for_inspection(visitor, client.client_id)}
    told = (await visitor.http.post(f"{PATH}/inspect", data=form)).json()
    assert (told["active"], told["client_id"]) == (True, client.client_id)
    await server.revoke(client, tokens["access_token"])
    assert (await visitor.http.post(f"{PATH}/inspect", data=form)).json() == {
        "active": False,
        "reason": "token_revoked",
    }


async def test_nobody_else_has_a_token_inspected(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    form = {"token": await server.client_token(client), "form_token": "x.y"}
    for each in (visitor, Visitor(server)):
        answer = await each.http.post(f"{PATH}/inspect", data=form)
        assert (answer.status_code, answer.json()) == (401, {"error": "login_required"})


async def test_another_organizations_token_tells_nothing(server: Server, visitor: Visitor) -> None:
    stranger = await server.make_person()
    theirs = await server.make_client(key=stranger.api_key)
    own = await server.make_client()
    form = {
        "token": await server.client_token(theirs),
        "form_token": await token_for_inspection(visitor, own.client_id),
    }
    told = (await visitor.http.post(f"{PATH}/inspect", data=form)).json()
    assert told == {"active": False, "reason": "token_of_another_organization"}


async def test_an_api_key_cannot_inspect(server: Server) -> None:
    refused = await server.manage("POST", "/oauth/inspect", json={"token": "x"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


async def test_the_pages_scripts_come_from_here_alone(start_server: StartServer) -> None:
    server = await start_server()
    visitor = Visitor(server)
    await visitor.sign_in()
    client = await server.make_client()
    policy = (await visitor.get(f"{PATH}?client_id={client.client_id}")).headers["content-security-policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
