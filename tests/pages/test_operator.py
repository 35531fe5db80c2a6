"""The pages for whoever runs the server: signing keys, the audit log, live numbers."""

import ast
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.pages.visitor import PageReader, Visitor, goes_to, read
from tests.support.server import EMAIL, Server

from grantwell.pages.console.audit_view import KINDS, sentence_key
from grantwell.pages.texts.catalogue import shipped_texts

KEYS, AUDIT, NUMBERS = "/console/signing-keys", "/console/audit", "/console/numbers"
ROTATE, REMOVE = f"{KEYS}/rotate", f"{KEYS}/remove"
SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "grantwell"


async def signed_in(server: Server, email: str = "", password: str = "a password") -> Visitor:
    visitor = Visitor(server)
    goes_to(await (visitor.sign_in(email, password) if email else visitor.sign_in()))
    return visitor


async def elsewhere(server: Server) -> Visitor:
    """An administrator of an organization that does not run the server."""
    await server.make_person("eve@example.com", role="admin", password="a password")
    return await signed_in(server, "eve@example.com")


def cells(page: httpx.Response) -> list[list[str]]:
    """The texts of a page's first table, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.text.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    return [[PageReader(cell).text for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)] for row in rows]


@pytest.mark.parametrize("path", [KEYS, ROTATE, f"{REMOVE}?kid=x", AUDIT, NUMBERS])
async def test_the_pages_are_for_administrators_who_are_signed_in(server: Server, path: str) -> None:
    assert goes_to(await Visitor(server).get(path)).startswith("/sign-in?return_to=%2Fconsole%2F")
    await server.make_colleague(role="member", password="a password")
    answer = await (await signed_in(server, "grace@example.com")).get(path)
    assert answer.status_code == 403
    assert "This page is for administrators" in read(answer, 403).text


async def test_the_signing_key_is_shown_with_its_life(server: Server) -> None:
    page = await (await signed_in(server)).get(KEYS)
    (row,) = cells(page)
    assert row[1:] == [
        "Signs",
        "2026-06-01 12:00 UTC",
        "2026-06-01 12:00 UTC",
        "not yet known",
        "not yet known",
        "Remove",
    ]
    assert "The next key begins to sign at 2026-08-30 12:00 UTC, by itself." in read(page).text
    assert "private" not in page.text


async def test_the_next_key_is_made_published_and_takes_over_in_its_time(server: Server) -> None:
    visitor = await signed_in(server)
    form = await visitor.get(ROTATE)
    assert goes_to(await visitor.submit(form, ROTATE, begins="ahead")) == KEYS
    page = await visitor.get(KEYS)
    assert "The next key is made." in read(page).text
    assert [row[1] for row in cells(page)] == ["Waits for its turn", "Signs"]
    # Only one at once can be made now.
    assert "Only one that signs at once can be made now." in read(await visitor.get(ROTATE)).text
    refused = await visitor.submit(form, ROTATE, begins="ahead")
    assert refused.status_code == 422
    server.clock.advance(661)
    await server.app.driver.key_ring.reload()
    page = await (await signed_in(server)).get(KEYS)
    assert [row[1] for row in cells(page)] == ["Signs", "Verifies only"]


async def test_a_key_that_is_made_at_once_signs_at_once_in_this_process(server: Server) -> None:
    visitor = await signed_in(server)
    before = server.app.driver.key_ring.keys.signing(int(server.clock())).kid
    goes_to(await visitor.submit(await visitor.get(ROTATE), ROTATE, begins="at_once"))
    assert server.app.driver.key_ring.keys.signing(int(server.clock())).kid != before


async def test_removing_the_key_that_signs_ends_its_tokens_and_nobodys_work(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    visitor = await signed_in(server)
    (kid,) = [key.kid for key in server.app.driver.key_ring.keys.keys]
    question = await visitor.get(REMOVE, params={"kid": kid})
    assert "Every token that it has signed fails" in read(question).text
    assert goes_to(await visitor.submit(question, REMOVE)) == KEYS
    page = await visitor.get(KEYS)
    assert f"The key {kid} is removed." in read(page).text
    assert [row[1] for row in cells(page)] == ["Signs", "Removed"]
    assert not await server.is_live(tokens["access_token"])
    again = await server.refresh(client, tokens["refresh_token"])
    assert await server.is_live(again["access_token"])
    # A second time there is nothing to remove.
    assert (await visitor.get(REMOVE, params={"kid": kid})).status_code == 404


@pytest.mark.parametrize("kid", ["nothing", "..", "", "a/b", "%2e%2e", "{known}?x", "{known}/"])
async def test_a_key_that_is_not_there_cannot_be_removed(server: Server, kid: str) -> None:
    visitor = await signed_in(server)
    (known,) = [key.kid for key in server.app.driver.key_ring.keys.keys]
    kid = kid.replace("{known}", known)
    assert (await visitor.get(REMOVE, params={"kid": kid})).status_code == 404
    question = await visitor.get(REMOVE, params={"kid": known})
    assert (await visitor.submit(question, REMOVE, kid=kid)).status_code == 404
    assert len(server.app.driver.key_ring.keys.keys) == 1


async def test_administrators_of_other_organizations_look_at_keys_and_change_none(server: Server) -> None:
    visitor = await elsewhere(server)
    page = read(await visitor.get(KEYS))
    assert "Only administrators of the organization that runs it may change them." in page.text
    assert not {"Make the next key", "Remove"} & page.links.keys()
    for path in (ROTATE, f"{REMOVE}?kid=x"):
        assert (await visitor.get(path)).status_code == 403


@pytest.mark.parametrize(("path", "fields"), [(ROTATE, {"begins": "at_once"}), (REMOVE, {"kid": "x"})])
async def test_a_form_without_its_token_changes_no_key(server: Server, path: str, fields: dict[str, str]) -> None:
    visitor = await signed_in(server)
    answer = await visitor.http.post(path, data={**fields, "form_token": "x"})
    assert answer.status_code == 403
    assert len(await server.backend.signing_keys()) == 1


async def test_a_session_of_before_lives_although_only_the_key_of_before_signed_its_tokens(
    start_server: Any,
) -> None:
    """Pages' tokens outlive the clients' here, and with them the key that signed both."""
    server = await start_server(access_token_seconds=1, session_token_seconds=3600)
    visitor = await signed_in(server)
    issued = await visitor.http.post("/v2/sessions/token", json={"session": visitor.cookie("grantwell_session")})
    goes_to(await visitor.submit(await visitor.get(ROTATE), ROTATE, begins="at_once"))
    server.clock.advance(3000)
    await server.app.driver.key_ring.reload()
    answer = await server.manage("GET", "/oauth_clients", key=issued.json()["access_token"])
    assert answer.status_code == 200, answer.text


def sentences(page: httpx.Response) -> list[str]:
    """What the audit log says has happened, as a page has it."""
    found = re.findall(r"</time>\s*<p>(.*?)</p>", page.text, re.DOTALL)
    return [PageReader(each).text for each in found]


async def test_what_happened_stands_there_in_sentences(server: Server) -> None:
    client = await server.make_client(name="Fleet Manager")
    await server.approve(client)
    server.clock.advance(5)
    visitor = await signed_in(server)
    said = sentences(await visitor.get(AUDIT))
    assert said[0] == f"{EMAIL} signed in"
    assert f"{EMAIL} made the client Fleet Manager" in said
    assert f"{EMAIL} allowed Fleet Manager : admin" in said
    assert any(each.startswith("The operator at the command line made the user") for each in said)


async def test_the_log_is_narrowed_by_everything_that_it_knows(server: Server) -> None:
    client, other = await server.make_client(name="One"), await server.make_client(name="Other")
    await server.approve(client)
    await Visitor(server).sign_in(password="wrong")
    visitor = await signed_in(server)

    async def found(**query: str) -> list[str]:
        return sentences(await visitor.get(AUDIT, params=query))

    assert sorted(await found(about=client.client_id)) == [
        f"{EMAIL} allowed One : admin",
        f"{EMAIL} made the client One",
    ]
    assert await found(about=other.client_id) == [f"{EMAIL} made the client Other"]
    assert len(await found(kind="client.created")) == 2
    assert await found(reason="sign_in_wrong_password") == [f"A sign-in as {EMAIL} was refused Look at this"]
    assert await found(**{"from": "2026-06-02"}) == await found(to="2026-05-31") == []
    assert len(await found(**{"from": "2026-06-01", "to": "2026-06-01", "kind": "client.created"})) == 2
    (event,) = [each for each in await server.audited() if each.reason]
    assert len(await found(request_id=event.request_id)) == 1


async def test_a_question_that_cannot_be_is_answered_with_what_is_wrong(server: Server) -> None:
    visitor = await signed_in(server)
    for query in ({"from": "yesterday"}, {"log": "everybody's"}, {"after": "x"}):
        answer = await visitor.get(AUDIT, params=query)
        assert answer.status_code == 400
        assert "Nothing can be searched for like this." in read(answer, 400).text
    nothing = read(await visitor.get(AUDIT, params={"about": "<script>"}))
    assert "Nothing like this has happened" in nothing.text


async def test_a_long_log_is_paged_to_its_end_and_back_to_its_beginning(server: Server) -> None:
    visitor = await signed_in(server)
    for number in range(120):
        await server.make_client(name=f"Client {number}")
        server.clock.advance(1)
    seen: list[str] = []
    address = f"{AUDIT}?kind=client.created"
    while True:
        page = await visitor.get(address)
        seen += sentences(page)
        links = read(page).links
        if "Older" not in links:
            break
        address = str(links["Older"]["href"])
    assert seen == [f"{EMAIL} made the client Client {number}" for number in reversed(range(120))]
    assert str(links["Newest"]["href"]) == f"{AUDIT}?kind=client.created"


async def test_each_organization_reads_its_own_log(server: Server) -> None:
    await server.make_client(name="Ours")
    visitor = await elsewhere(server)
    page = await visitor.get(AUDIT)
    assert sentences(page) == ["eve@example.com signed in"]
    assert "The server itself" not in read(page).text
    forbidden = await visitor.get(AUDIT, params={"log": "server"})
    assert "This log is for administrators of the organization that runs the server." in read(forbidden, 400).text


async def test_whoever_runs_the_server_reads_the_servers_own_log_too(server: Server) -> None:
    server.clock.advance(1)
    await Visitor(server).sign_in(email="nobody@example.com")
    await server.register_client(client_name="Editor")
    visitor = await signed_in(server)
    own = sentences(await visitor.get(AUDIT, params={"log": "server"}))
    assert own[0] == "A sign-in as Somebody unknown was refused Look at this"
    assert any(each.startswith("The server made the signing key") for each in own)
    registered = sentences(await visitor.get(AUDIT, params={"log": "registered"}))
    assert registered == ["The client Editor registered itself"]


async def test_the_pages_of_a_user_and_of_a_client_lead_to_what_happened_to_them(server: Server) -> None:
    client, person = await server.make_client(name="Fleet"), await server.make_colleague()
    visitor = await signed_in(server)
    for path, expected in (
        (f"/console/clients/{client.client_id}", [f"{EMAIL} made the client Fleet"]),
        (f"/console/users/{person.user_id}", []),
    ):
        link = read(await visitor.get(path)).links["In the audit log"]
        assert sentences(await visitor.get(str(link["href"]))) == expected


async def test_a_name_in_the_log_is_text(server: Server) -> None:
    await server.make_client(name="<img src=x onerror=alert(1)>")
    page = await (await signed_in(server)).get(AUDIT)
    assert f"{EMAIL} made the client <img src=x onerror=alert(1)>" in sentences(page)
    assert "<img src=x" not in page.text


def kinds_in_the_source() -> set[str]:
    areas = {kind.partition(".")[0] for kind in KINDS}
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if not {"pages", "sdk"} & set(path.relative_to(SOURCE).parts):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    area, _, rest = node.value.partition(".")
                    if area in areas and re.fullmatch(r"[a-z_]+", rest):
                        found.add(node.value)
    return found


def test_every_kind_of_event_has_its_sentence_in_each_language() -> None:
    assert kinds_in_the_source() == set(KINDS)
    assert len(set(KINDS)) == len(KINDS)
    for texts in shipped_texts().values():
        assert [kind for kind in KINDS if sentence_key(kind) not in texts] == []


async def test_the_numbers_are_those_of_the_requests_that_were_made(server: Server) -> None:
    client = await server.make_client()
    await server.log_in(client)
    for _ in range(3):
        await server.http.post("/v2/oauth/token", data={"grant_type": "nothing"})
    server.clock.advance(10)
    visitor = await signed_in(server)
    page = await visitor.get(NUMBERS)
    (reason, times, _) = cells(page)[0]
    assert (reason, times) == ("grant_type_unknown", "3")
    assert "authorization_code: 1" in read(page).text
    assert "Counted by the one process that shows you this." in read(page).text
    assert page.text.count('<path class="line line-') >= 6


async def test_the_numbers_of_a_quiet_server_are_shown_too(server: Server) -> None:
    page = await (await signed_in(server)).get(NUMBERS)
    assert "Nothing was refused within the last hour." in read(page).text


async def test_how_busy_the_server_is_is_not_for_other_organizations(server: Server) -> None:
    answer = await (await elsewhere(server)).get(NUMBERS)
    assert "How busy the server is" in read(answer, 403).text
