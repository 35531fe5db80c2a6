"""The organization's clients, in the console."""

import re
from typing import Any

import httpx
import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.actors import Client
from tests.support.api import data_of
from tests.support.server import EMAIL, PASSWORD, Server

CLIENTS = "/console/clients"
NEW = f"{CLIENTS}/new"
CODE = {"grant:authorization_code": "on", "scope:admin": "on"}


async def signed_in(server: Server, email: str = EMAIL, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(server)
    goes_to(await visitor.sign_in(email, password))
    return visitor


async def a_member(server: Server) -> Visitor:
    await server.make_colleague("mel@example.com", role="member", password="a password of mels")
    return await signed_in(server, "mel@example.com", "a password of mels")


async def make(visitor: Visitor, **fields: str) -> httpx.Response:
    page = await visitor.get(NEW)
    return await visitor.submit(page, NEW, **({"name": "Shop", "redirect_uris": "https://shop.example/cb"} | fields))


def secret_in(page: httpx.Response) -> str:
    (secret,) = set(re.findall(r"gw_secret_[\w-]+", page.text))
    return str(secret)


async def test_a_client_is_made_and_its_secret_told_once(server: Server) -> None:
    admin = await signed_in(server)
    made = await make(admin, **CODE, **{"grant:client_credentials": "on"})
    secret = secret_in(made)
    assert made.headers["cache-control"] == "no-store"
    (path,) = {found for found in re.findall(rf"{CLIENTS}/[\w-]+", made.text) if found != NEW}
    shown = await admin.get(path)
    assert secret not in shown.text
    client = Client(path.rpartition("/")[2], secret, "https://shop.example/cb")
    assert await server.client_token(client)
    kept = data_of(await server.manage("GET", f"/oauth_clients/{client.client_id}"))
    assert (kept["name"], kept["redirect_uris"], kept["require_pkce"]) == ("Shop", ["https://shop.example/cb"], True)
    assert sorted(kept["allowed_grant_types"]) == ["authorization_code", "client_credentials", "refresh_token"]


async def test_a_public_client_is_made_without_a_secret_and_said_so_once(server: Server) -> None:
    admin = await signed_in(server)
    path = goes_to(await make(admin, **CODE, client_type="public", redirect_uris="http://127.0.0.1/cb"))
    assert "?" not in path
    assert "Shop was created." in read(await admin.get(path)).text
    again = read(await admin.get(path)).text
    assert "Shop was created." not in again
    assert "A public client has no secret." in again


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "This must be filled in."),
        ({"redirect_uris": "http://shop.example/cb"}, "(http://shop.example/cb)"),
        ({"redirect_uris": "http://shop.example/cb"}, "it must use https, or http with 127.0.0.1"),
        ({"redirect_uris": "https://a.example/\nhttps://b.example/#x"}, "it must not have a part after #."),
        ({"redirect_uris": "javascript:alert(1)"}, "this scheme is not allowed"),
        ({"redirect_uris": "shop:cb"}, "for public clients only"),
        ({"logo_uri": "shop.example/logo"}, "This must be a web address"),
        ({"client_type": "secret"}, "Choose one of the two."),
        ({"scope:nothing": "on"}, "Some of these cannot be given to this client."),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(
    server: Server, fields: dict[str, str], said: str
) -> None:
    admin = await signed_in(server)
    answer = await make(admin, **{"name": "My shop", **fields})
    page = read(answer, 422)
    assert said.strip("()") in page.text
    (form,) = [form for form in page.forms if form.action == NEW]
    assert form.fields["name"] == fields.get("name", "My shop").strip()
    assert form.fields["redirect_uris"] == fields.get("redirect_uris", "https://shop.example/cb")
    assert 'aria-invalid="true"' in answer.text or "field wrong" in answer.text


async def test_mistakes_are_told_in_the_persons_language(server: Server) -> None:
    admin = await signed_in(server)
    admin.http.headers["accept-language"] = "de"
    assert "Das muss ausgefüllt sein." in read(await make(admin, name=" "), 422).text


async def test_a_client_is_changed(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    path = f"{CLIENTS}/{client.client_id}/edit"
    page = await admin.get(path)
    assert goes_to(await admin.submit(page, path, name="Renamed", redirect_uris="")) == f"{CLIENTS}/{client.client_id}"
    kept = data_of(await server.manage("GET", f"/oauth_clients/{client.client_id}"))
    assert (kept["name"], kept["redirect_uris"], kept["allowed_scopes"]) == ("Renamed", [], ["admin"])


async def test_a_change_that_cannot_be_is_told_at_its_field_and_has_its_reason_in_the_log(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    path = f"{CLIENTS}/{client.client_id}/edit"
    page = await admin.get(path)
    read(await admin.submit(page, path, name=" "), 422)
    assert server.events[-1].reason == "client_invalid"


async def test_a_list_is_searched_and_narrowed(server: Server) -> None:
    await server.make_client(name="The Orchard")
    await server.make_client(name="The Desk", client_type="public", allowed_grant_types=["authorization_code"])
    admin = await signed_in(server)
    for query, names in {
        "": ["The Orchard", "The Desk"],
        "?name=ORCH": ["The Orchard"],
        "?type=public": ["The Desk"],
        "?grant=client_credentials": ["The Orchard"],
        "?verified=yes": [],
        "?name=nothing+like+it": [],
        # Nobody can choose these; they choose nothing.
        "?type=both&grant=password&page=none": ["The Orchard", "The Desk"],
    }.items():
        text = read(await admin.get(CLIENTS + query)).text
        assert [name for name in ("The Orchard", "The Desk") if name in text] == names, query
    assert "No client fits" in read(await admin.get(f"{CLIENTS}?name=nothing+like+it")).text


async def test_a_long_list_has_pages_that_keep_what_was_chosen(server: Server) -> None:
    for number in range(26):
        await server.make_client(name=f"Robot {number:02}")
    admin = await signed_in(server)
    first = read(await admin.get(f"{CLIENTS}?name=robot"))
    assert "26 clients" in first.text
    following = first.links["Next"]["href"] or ""
    assert following == f"{CLIENTS}?name=robot&page=2"
    second = read(await admin.get(following))
    assert len([name for name in second.links if name.startswith("Robot")]) == 1
    assert "Next" not in second.links


async def test_who_has_no_clients_is_told_what_they_are(server: Server) -> None:
    page = read(await (await signed_in(server)).get(CLIENTS))
    assert page.links["Make the first one"]["href"] == NEW


async def rotate(visitor: Visitor, client: Client, **fields: str) -> httpx.Response:
    path = f"{CLIENTS}/{client.client_id}/secret"
    return await visitor.submit(await visitor.get(path), path, **fields)


async def test_a_secret_is_rotated_while_the_present_one_works(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    newer = Client(client.client_id, secret_in(await rotate(admin, client, overlap="3600")), client.redirect_uri)
    for each in (client, newer):
        assert await server.client_token(each)
    await server.app.driver.last_uses.write()
    page = read(await admin.get(f"{CLIENTS}/{client.client_id}"))
    assert "Newest secret" in page.text
    assert "Older secret" in page.text
    server.clock.advance(3601)
    assert await server.client_token(newer)
    assert (await server.token(client, "client_credentials")).status_code == 401


async def test_a_rotation_that_is_sent_twice_does_not_end_the_secret_in_use(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    await rotate(admin, client, overlap="3600")
    again = await rotate(admin, client, overlap="3600")
    assert "There are never three" in read(again, 422).text
    assert await server.client_token(client)
    newest = secret_in(await rotate(admin, client, overlap="0", end_older="on"))
    assert (await server.token(client, "client_credentials")).status_code == 401
    assert await server.client_token(Client(client.client_id, newest, client.redirect_uri))


async def test_the_older_secret_is_ended_after_one_more_question(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    await rotate(admin, client, overlap="3600")
    path = f"{CLIENTS}/{client.client_id}/older-secret"
    page = await admin.get(path)
    assert "Nothing has used the older secret" in read(page).text
    goes_to(await admin.submit(page, path))
    assert (await server.token(client, "client_credentials")).status_code == 401
    assert "There is no older secret" in read(await admin.get(path), 404).text


@pytest.mark.parametrize("overlap", ["", "-1", "60", "x", "9" * 30])
async def test_only_an_overlap_that_is_offered_can_be_chosen(server: Server, overlap: str) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    assert "Choose how long" in read(await rotate(admin, client, overlap=overlap), 422).text
    page = read(await admin.get(f"{CLIENTS}/{client.client_id}"))
    assert "Older secret" not in page.text


async def test_a_client_is_switched_off_and_on(server: Server) -> None:
    client, admin = await server.make_client(), await signed_in(server)
    path, switch = f"{CLIENTS}/{client.client_id}", f"{CLIENTS}/{client.client_id}/switch"
    goes_to(await admin.submit(await admin.get(switch), switch))
    assert (await server.token(client, "client_credentials")).status_code == 401
    page = await admin.get(path)
    assert "Switched off" in read(page).text
    goes_to(await admin.submit(page, switch))
    assert await server.client_token(client)


async def test_a_client_is_deleted_after_one_more_question(server: Server) -> None:
    client, admin = await server.make_client(name="Old shop"), await signed_in(server)
    path = f"{CLIENTS}/{client.client_id}/delete"
    page = await admin.get(path)
    assert "Delete Old shop?" in read(page).text
    assert goes_to(await admin.submit(page, path)) == CLIENTS
    assert "Old shop was deleted" in read(await admin.get(CLIENTS)).text
    assert "There is no such client" in read(await admin.get(f"{CLIENTS}/{client.client_id}"), 404).text


BELOW = ["/edit", "/secret", "/older-secret", "/switch", "/delete"]


async def test_a_member_looks_at_others_clients_and_changes_none(server: Server) -> None:
    client, member = await server.make_client(name="Not yours"), await a_member(server)
    page = read(await member.get(f"{CLIENTS}/{client.client_id}"))
    assert "You can look at this client." in page.text
    assert [form.action for form in page.forms if form.action.startswith(CLIENTS)] == []
    for rest in BELOW:
        read(await member.get(f"{CLIENTS}/{client.client_id}{rest}"), 403)


async def test_a_member_who_sends_the_form_all_the_same_is_refused_too(server: Server) -> None:
    client, member, own = await server.make_client(), await a_member(server), {**CODE}
    made = await make(member, **own)
    (path,) = {found for found in re.findall(rf"{CLIENTS}/[\w-]+", made.text) if found != NEW}
    for rest in ("/edit", "/secret", "/switch", "/delete"):
        (form,) = [form for form in read(await member.get(path + rest)).forms if form.action == path + rest]
        stolen = f"{CLIENTS}/{client.client_id}{rest}"
        # A form token is for one path: that of another client's page does not fit.
        assert (await member.http.post(stolen, data=form.fields)).status_code == 403
    assert await server.client_token(client)


async def test_clients_of_another_organization_do_not_exist(server: Server) -> None:
    await server.make_person("eve@elsewhere.example", password="a password of eves")
    client, eve = await server.make_client(), await signed_in(server, "eve@elsewhere.example", "a password of eves")
    for rest in ("", *BELOW):
        read(await eve.get(f"{CLIENTS}/{client.client_id}{rest}"), 404)


@pytest.mark.parametrize("identifier", ["%00", "..%2F..%2Fusers", "a%3Fb", "%F0%9F%99%82", "' OR 1=1 --"])
async def test_an_id_that_is_none_finds_nothing(server: Server, identifier: str) -> None:
    answer = await (await signed_in(server)).get(f"{CLIENTS}/{identifier}", headers={"accept": "text/html"})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", [CLIENTS, NEW, f"{CLIENTS}/x", f"{CLIENTS}/x/delete"])
async def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(server: Server, path: str) -> None:
    visitor = Visitor(server)
    answer: Any = await visitor.get(path)
    assert goes_to(answer).startswith("/sign-in?return_to=%2Fconsole%2Fclients")
