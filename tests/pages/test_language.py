"""The language of a page: chosen by the person, else asked for by the app, else wanted by the browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import Server

GERMAN, ENGLISH = "Anmelden", "Sign in"
WANTS_GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


async def heading(visitor: Visitor, path: str = "/sign-in") -> str:
    answer = await visitor.get(path)
    language = "de" if GERMAN in answer.text else "en"
    assert f'<html lang="{language}">' in answer.text
    return GERMAN if language == "de" else ENGLISH


@pytest.mark.parametrize(
    ("headers", "path", "expected"),
    [
        ({}, "/sign-in", ENGLISH),
        (WANTS_GERMAN, "/sign-in", GERMAN),
        ({"accept-language": "fr"}, "/sign-in", ENGLISH),
        (WANTS_GERMAN, "/sign-in?ui_locales=en", ENGLISH),
        ({}, "/sign-in?ui_locales=fr+de", GERMAN),
        ({}, "/sign-in?return_to=%2Fconsent%3Fconsent_token%3Dx%26ui_locales%3Dde", GERMAN),
        ({"cookie": "grantwell_language=de"}, "/sign-in?ui_locales=en", GERMAN),
        ({"cookie": "grantwell_language=xx"}, "/sign-in?ui_locales=de", GERMAN),
        ({}, "/sign-in?ui_locales=%3Cscript%3E", ENGLISH),
    ],
)
async def test_a_choice_wins_over_the_app_and_the_app_over_the_browser(
    server: Server, headers: dict[str, str], path: str, expected: str
) -> None:
    assert await heading(Visitor(server, headers), path) == expected


async def test_a_language_is_chosen_at_the_foot_of_a_page_and_kept(server: Server) -> None:
    visitor = Visitor(server)
    page = read(await visitor.get("/sign-in", params={"return_to": "/docs"}))
    assert goes_to(await visitor.get(page.links["Deutsch"]["href"] or "")) == "/sign-in?return_to=%2Fdocs"
    assert visitor.cookie("grantwell_language") == "de"
    assert await heading(visitor) == GERMAN
    page = read(await visitor.get("/sign-in"))
    assert "Deutsch" not in page.links
    await visitor.get(page.links["English"]["href"] or "")
    assert await heading(visitor) == ENGLISH


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
async def test_after_a_choice_nobody_is_sent_to_another_site(server: Server, elsewhere: str) -> None:
    visitor = Visitor(server)
    answer = await visitor.get("/language", params={"language": "de", "return_to": elsewhere})
    assert goes_to(answer) == "/"


@pytest.mark.parametrize(
    ("language", "headers"), [("de", {"sec-fetch-site": "cross-site"}), ("xx", {}), ("", {}), ("../de", {})]
)
async def test_neither_another_site_nor_a_language_that_is_none_changes_anything(
    server: Server, language: str, headers: dict[str, str]
) -> None:
    visitor = Visitor(server, headers)
    await visitor.get("/language", params={"language": language})
    assert visitor.cookie("grantwell_language") is None


async def test_what_else_stands_in_an_address_is_not_in_the_link_back(server: Server) -> None:
    page = await Visitor(server).get("/docs", params={"code": "the-code", "state": "the-state"})
    assert "the-code" not in page.text
    assert "the-state" not in page.text


async def test_the_languages_that_an_app_asks_for_reach_every_page_of_its_request(server: Server) -> None:
    client = await server.register_client(redirect_uris=["cursor://oauth/cb"], client_name="Editor")
    visitor = Visitor(server, {"sec-fetch-mode": "navigate"})
    consent = await visitor.ask(client, ui_locales="fr de-CH")
    assert parse_qs(urlsplit(consent).query)["ui_locales"] == ["fr de-CH"]

    sign_in = await visitor.get(consent, follow_redirects=True)
    assert "Eine App bittet um Ihre Erlaubnis." in read(sign_in).text
    refused = await visitor.submit(sign_in, "/sign-in", email="nobody@example.com", password="wrong wrong")
    assert "E-Mail-Adresse oder Passwort ist falsch." in read(refused, 422).text
    back = goes_to(await visitor.sign_in(return_to=consent))
    assert back == consent

    page = await visitor.get(back)
    assert "Editor bittet um Ihre Erlaubnis" in read(page).text
    undecided = await visitor.submit(page, "/consent", decision="perhaps")
    assert "Wählen Sie Erlauben oder Ablehnen." in read(undecided, 400).text
    leaving = await visitor.submit(page, "/consent", decision="allow")
    assert "Sie haben es erlaubt" in read(leaving).text
    again = await visitor.submit(leaving, "/consent", decision="deny")
    assert "Diese Frage ist schon beantwortet." in read(again, 422).text


async def test_an_app_that_asks_for_no_language_changes_no_address(server: Server) -> None:
    client = await server.make_client()
    visitor = Visitor(server)
    for ui_locales in (None, "", "???"):
        assert "ui_locales" not in await visitor.ask(client, ui_locales=ui_locales)


async def test_an_error_says_so_in_the_language_of_the_browser(server: Server) -> None:
    visitor = Visitor(server, WANTS_GERMAN | {"accept": "text/html"})
    assert "Hier ist nichts" in read(await visitor.get("/nowhere"), 404).text
    assert "Das geht hier nicht" in read(await visitor.get("/sign-out"), 405).text
