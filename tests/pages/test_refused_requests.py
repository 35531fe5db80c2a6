"""Refused requests, as a developer finds the mistake by them; and a page for every reason."""

import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.actors import CALLBACK, Client
from tests.support.server import Server

from grantwell.pages.reasons import all_reasons, read_reasons

PATH = "/console/errors"


@pytest.fixture
async def visitor(server: Server) -> Visitor:
    visitor = Visitor(server)
    await visitor.sign_in()
    return visitor


async def refuse(server: Server, client: Client, **parameters: str) -> str:
    """Ask as the client should not; the reference."""
    asked = {"response_type": "code", "client_id": client.client_id, "redirect_uri": f"{CALLBACK}/", "state": "secret"}
    answer = await Visitor(server).get("/v2/oauth/authorize", params=asked | parameters)
    await server.app.driver.refusals.write()
    return str(answer.headers["x-request-id"])


async def test_an_error_page_leads_to_the_whole_story_and_to_its_reason(server: Server, visitor: Visitor) -> None:
    client = await server.make_client(name="Fleet")
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": f"{CALLBACK}/",
        "state": "secret",
    }
    page = read(await visitor.get("/v2/oauth/authorize", params=asked), 422)
    await server.app.driver.refusals.write()
    story = page.links["The whole story, for those who develop the app (after signing in)"]["href"]
    reason = page.links["redirect_uri_unknown"]["href"]
    told = read(await visitor.get(story or "")).text
    for shown in (
        "This redirect URI is not registered for the client.",
        "App Fleet Where Authorization request",
        "Sent https://client.example/callback / Registered https://client.example/callback ⏎ (ends here)",
        "They differ from character 32 on. One ends with a slash, the other does not.",
        "state …",
    ):
        assert shown in told
    assert "What to do Register exactly what is sent." in read(await visitor.get(reason or "")).text


async def test_what_differs_is_marked(server: Server, visitor: Visitor) -> None:
    reference = await refuse(
        server, await server.make_client(), redirect_uri=CALLBACK.replace("callback", "Callback") + "?token=secret"
    )
    answer = await visitor.get(f"{PATH}/{reference}")
    assert "https://client.example/<mark>C</mark>allback?token=…" in answer.text
    assert "https://client.example/<mark>c</mark>allback" in answer.text
    assert "secret" not in answer.text


async def test_the_list_leads_to_the_stories(server: Server, visitor: Visitor) -> None:
    reference = await refuse(server, await server.make_client(name="Fleet"))
    page = read(await visitor.get(PATH))
    assert f"{reference} 2026-06-01 12:00 UTC Fleet Authorization request redirect_uri_unknown" in page.text
    assert page.links[reference]["href"] == f"{PATH}/{reference}"


async def test_a_reference_can_be_looked_for(server: Server, visitor: Visitor) -> None:
    reference = await refuse(server, await server.make_client())
    assert goes_to(await visitor.get(PATH, params={"reference": f" {reference} "})) == f"{PATH}/{reference}"
    # What is no reference leads nowhere.
    assert (await visitor.get(PATH, params={"reference": "//evil.example"})).status_code == 200


async def test_the_list_can_be_of_one_client(server: Server, visitor: Visitor) -> None:
    one, other = await server.make_client(name="One"), await server.make_client(name="Other")
    await refuse(server, one)
    (lists,) = {
        link["href"]
        for link in read(await visitor.get(f"/console/clients/{one.client_id}")).links.values()
        if (link["href"] or "").startswith(f"{PATH}?")
    }
    page = read(await visitor.get(lists or ""))
    assert "One Authorization request" in page.text
    page = read(await visitor.get(PATH, params={"client_id": other.client_id}))
    assert "Nothing was refused to this app" in page.text


async def test_where_nothing_was_refused_the_page_says_what_will_be_here(visitor: Visitor) -> None:
    assert "Nothing was refused When a request of one of your apps is refused" in read(await visitor.get(PATH)).text


@pytest.mark.parametrize("reference", ["no-such-reference", "x" * 300, "<script>"])
async def test_a_reference_under_which_nothing_is_kept_is_explained(visitor: Visitor, reference: str) -> None:
    page = read(await visitor.get(f"{PATH}/{reference}", headers={"Accept": "text/html"}), 404)
    assert "script" not in page.tags


async def test_a_stranger_signs_in_first_and_comes_back(server: Server) -> None:
    assert goes_to(await Visitor(server).get(f"{PATH}/abc")) == "/sign-in?return_to=%2Fconsole%2Ferrors%2Fabc"


async def test_of_an_unknown_client_the_operator_reads_what_it_sent(server: Server, visitor: Visitor) -> None:
    reference = await refuse(server, Client("made-up", None), scope="<script>alert(1)</script>")
    page = read(await visitor.get(f"{PATH}/{reference}"))
    assert "App An app that is not known here" in page.text
    assert "client_id made-up" in page.text
    assert "scope <script>alert(1)</script>" in page.text
    assert page.tags.count("script") == 1


async def test_a_refused_token_request_has_a_story(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    answer = await server.redeem(client, "gw_code_nonsense")
    await server.app.driver.refusals.write()
    page = read(await visitor.get(f"{PATH}/{answer.headers['x-request-id']}"))
    assert "Where Token request" in page.text
    assert "The redirect URI" not in page.text


@pytest.mark.parametrize("uri", ["'><script>alert(1)</script>", "javascript:alert(1)", "https://a/<mark>"])
async def test_a_redirect_uri_is_text_and_nothing_else(server: Server, visitor: Visitor, uri: str) -> None:
    reference = await refuse(server, await server.make_client(), redirect_uri=uri)
    page = read(await visitor.get(f"{PATH}/{reference}"))
    assert page.tags.count("script") == 1
    assert not [link for link in page.links.values() if "javascript" in (link["href"] or "")]


@pytest.mark.parametrize("code", all_reasons())
async def test_every_reason_is_explained_in_four_ways(code: str) -> None:
    reason = all_reasons()[code]
    for parts in (reason.answer, reason.meaning, reason.fault, reason.remedy):
        assert "".join(part.text for part in parts).strip()
    assert reason.section


async def test_every_reason_has_a_page(server: Server) -> None:
    visitor = Visitor(server)
    listed = read(await visitor.get("/docs/reasons"))
    for code in all_reasons():
        assert listed.links[code]["href"] == f"/docs/reasons/{code}"
    page = read(await visitor.get("/docs/reasons/code_replayed"))
    assert page.text.count("code_replayed") == 2
    for heading in ("What it means", "Whose fault it most likely is", "What to do", "What the caller is answered"):
        assert heading in page.text


@pytest.mark.parametrize("code", ["no_such_reason", "<script>", "x" * 500])
async def test_a_reason_that_there_is_not_is_not_found(server: Server, code: str) -> None:
    answer = await Visitor(server).get(f"/docs/reasons/{code}", headers={"Accept": "text/html"})
    assert "script" not in read(answer, 404).tags


def test_a_document_of_tables_is_taken_apart() -> None:
    found = read_reasons(
        "## First\n\n| Reason | Answer | Meaning | Fault | Do |\n| --- | --- | --- | --- | --- |\n"
        "| `a`, `b` | 400 `x` | See [this](y.md). | client | Nothing. |\n\n| too | short |\n"
    )
    assert list(found) == ["a", "b"]
    assert found["a"].section == "First"
    assert [(part.text, part.is_code) for part in found["a"].answer] == [("400 ", False), ("x", True)]
    assert [part.text for part in found["b"].meaning] == ["See this."]
