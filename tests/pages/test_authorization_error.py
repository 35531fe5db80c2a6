"""Errors at the authorization endpoint, where a person looks on."""

import httpx
import pytest
from tests.pages.visitor import PageReader, Visitor, read
from tests.support.actors import CALLBACK
from tests.support.server import Server

from grantwell.pages import create_pages, render_authorization_error
from grantwell.pages.authorization_error import EXPLAINED
from grantwell.pages.brand import Brand
from grantwell.pages.texts import shipped_catalogue
from grantwell.pages.texts.catalogue import SHIPPED

EVIL = "https://evil.example/<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("changes", "status", "reason", "words"),
    [
        ({"client_id": "nobody"}, 404, "authorize_client_unknown", "The app is not known here."),
        ({"client_id": ""}, 400, "client_id_missing", "did not say which app it is"),
        ({"redirect_uri": EVIL}, 422, "redirect_uri_unknown", "not registered for it. For your safety, you stay here"),
        ({"redirect_uri": ""}, 400, "redirect_uri_missing", "did not say where to send you"),
        ({"state": "s" * 1025}, 400, "state_too_long", "Keep state within 1024 characters."),
        ({"scope": "s" * 2049}, 400, "parameter_too_long", "Keep parameters within 2048 characters."),
        ({"state": "<script>\0"}, 400, "nul_character", "Send no NUL characters."),
    ],
)
async def test_an_authorization_error_says_what_is_wrong_and_whose_fault_it_is(
    server: Server, changes: dict[str, str], status: int, reason: str, words: str
) -> None:
    client = await server.make_client()
    asked = {"response_type": "code", "client_id": client.client_id, "redirect_uri": CALLBACK, "state": "se<cret"}
    answer = await Visitor(server).get("/v2/oauth/authorize", params=asked | changes)
    page = read(answer, status)
    assert words in page.text
    assert reason in page.text
    assert "The mistake lies with the app that sent you here, not with you." in page.text
    assert answer.headers["x-request-id"] in page.text
    assert "script" not in page.tags
    for sent in ("evil.example", "se<cret", "cret", "alert"):
        assert sent not in answer.text


async def test_a_repeated_parameter_is_explained(server: Server) -> None:
    answer = await Visitor(server).get("/v2/oauth/authorize?client_id=a&client_id=b")
    assert "request contradicts itself." in read(answer, 400).text


def test_a_reason_without_an_explanation_gets_the_servers_own_words() -> None:
    page = PageReader(rendered("invalid_request", "a thing is wrong", "brand_new", request_id="ref-1"))
    assert "A thing is wrong." in page.text
    assert "brand_new" in page.text
    assert "ref-1" in page.text


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; --"])
def test_whatever_is_rendered_is_escaped(value: str) -> None:
    page = PageReader(rendered(value, value, value, request_id=value, site_name=value))
    assert "script" not in page.tags
    assert page.tags.count("img") == 1


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("reason", EXPLAINED)
def test_every_explanation_is_whole_sentences(reason: str, language: str) -> None:
    t = shipped_catalogue()[language]
    for words in (t(f"authorization_error.happened_{reason}"), t(f"authorization_error.remedy_{reason}")):
        assert words[0].isupper()
        assert words.endswith(".")


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        ({"ui_locales": "de-AT en"}, {}),
        ({}, {"accept-language": "de-CH, en;q=0.5"}),
        ({"ui_locales": "en"}, {"cookie": "grantwell_language=de"}),
    ],
)
async def test_the_page_speaks_the_language_of_who_reads_it(
    server: Server, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    asked = {"response_type": "code", "client_id": "nobody", "redirect_uri": CALLBACK} | parameters
    answer = await Visitor(server, headers).get("/v2/oauth/authorize", params=asked)
    assert '<html lang="de">' in answer.text
    assert "Die App ist hier nicht bekannt." in read(answer, 404).text


def rendered(error: str, description: str, reason: str, *, request_id: str, site_name: str = "Site") -> str:
    transport = httpx.MockTransport(lambda _: httpx.Response(503))
    pages = create_pages(
        issuer="http://127.0.0.1", transport=transport, consent_binding=lambda _: ("", ""), brand=Brand(name=site_name)
    )
    scope = {"type": "http", "app": pages, "query_string": b"", "headers": [], "state": {"request_id": request_id}}
    return render_authorization_error(scope, 400, error, description, reason)
