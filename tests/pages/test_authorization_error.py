"""Errors at the authorization endpoint, where a person looks on."""

import pytest
from tests.pages.visitor import PageReader, Visitor, read
from tests.support.actors import CALLBACK
from tests.support.server import Server

from grantwell.pages import render_authorization_error
from grantwell.pages.authorization_error import EXPLANATIONS

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
    page = PageReader(render_authorization_error(400, "invalid_request", "a thing is wrong", "brand_new", "ref-1"))
    assert "A thing is wrong." in page.text
    assert "brand_new" in page.text
    assert "ref-1" in page.text


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; --"])
def test_whatever_is_rendered_is_escaped(value: str) -> None:
    page = PageReader(render_authorization_error(400, value, value, value, value, site_name=value))
    assert "script" not in page.tags
    assert page.tags.count("img") == 1


@pytest.mark.parametrize("reason", EXPLANATIONS)
def test_every_explanation_is_whole_sentences(reason: str) -> None:
    for words in EXPLANATIONS[reason]:
        assert words[0].isupper()
        assert words.endswith(".")
