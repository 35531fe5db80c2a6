"""Attacks that only a real browser can be fooled by, or not."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect
from tests.browser.person import ALLOW, authorization_url, heading, sign_in
from tests.browser.web import ClientSite
from tests.support.server import Server

OpenSite = Callable[..., Awaitable[ClientSite]]

PAYLOADS = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "</h1></title><svg onload=document.title='owned'>",
    "'-document.title='owned'-'",
    "javascript:document.title='owned'",
]


def complaints_of(page: Page) -> list[str]:
    """What the browser says about the policies of the pages that it shows."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused" in message.text:
            said.append(message.text)

    page.on("console", hear)
    return said


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_a_client_says_of_itself_runs_nothing(
    live_server: Server, page: Page, open_site: OpenSite, payload: str
) -> None:
    program = await open_site()
    client = await live_server.register_client(
        redirect_uris=[program.callback],
        client_name=payload,
        tos_uri="https://client.example/terms?a='onmouseover='document.title=1",
    )
    said = complaints_of(page)
    await page.goto(authorization_url(live_server, client, state=payload))
    await sign_in(page)
    await expect(page.locator("h1")).to_have_text(f"{payload} asks for your permission")
    await page.hover("text=Terms of service")
    assert "owned" not in (await page.title()).replace(payload, "")
    assert await page.locator("script, svg, h1 img").count() == 0
    # Nothing even had to be stopped by the policy.
    assert said == []
    await page.click(ALLOW)
    assert (await program.answer_at_callback())["state"] == payload


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_an_authorization_error_repeats_nothing(live_server: Server, page: Page, payload: str) -> None:
    client = await live_server.make_client()
    said = complaints_of(page)
    await page.goto(authorization_url(live_server, client, redirect_uri=payload, state=payload))
    assert await heading(page) == "This app cannot send you there"
    assert payload not in await page.content()
    assert said == []


@pytest.mark.parametrize("slashes", ["//", "/\\", "/\t/", "https://", "\\\\", "/%09/"])
async def test_signing_in_leads_to_no_other_site(
    live_server: Server, page: Page, open_site: OpenSite, slashes: str
) -> None:
    evil = await open_site()
    elsewhere = slashes + evil.origin.removeprefix("http://")
    await page.goto(f"{live_server.app.settings.issuer}/sign-in")
    await page.evaluate("to => { document.querySelector('[name=return_to]').value = to }", elsewhere)
    await sign_in(page)
    await page.wait_for_url(f"{live_server.app.settings.issuer}/**")
    await page.wait_for_function("!document.querySelector('[name=password]')")
    assert page.url.startswith(f"{live_server.app.settings.issuer}/")
    assert evil.paths == []


async def test_no_page_can_be_framed(live_server: Server, page: Page, open_site: OpenSite) -> None:
    client = await live_server.make_client()
    issuer = live_server.app.settings.issuer
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await page.wait_for_selector(ALLOW)
    framed = [page.url, f"{issuer}/", f"{issuer}/sign-in", authorization_url(live_server, client, client_id="nobody")]
    evil = await open_site()
    evil.page = "".join(f"<iframe src='{address}'></iframe>" for address in framed)
    said = complaints_of(page)
    await page.goto(f"{evil.origin}/")
    assert len(page.frames) == 1 + len(framed)
    for frame in page.frames[1:]:
        assert frame.url.startswith("chrome-error:")
    assert len([each for each in said if "frame-ancestors" in each]) == len(framed)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/consent", {"decision": "allow", "consent_token": "TOKEN", "form_token": "x"}),
        ("/sign-in", {"email": "mallory@example.com", "password": "a password of hers", "form_token": "x"}),
        ("/sign-out", {"form_token": "x"}),
    ],
)
async def test_no_other_site_can_send_a_form(
    live_server: Server, page: Page, open_site: OpenSite, path: str, fields: dict[str, str]
) -> None:
    await live_server.make_person("mallory@example.com", password="a password of hers")
    client = await live_server.make_client()
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await page.wait_for_selector(ALLOW)
    token = page.url.partition("consent_token=")[2]
    evil = await open_site("localhost")
    inputs = "".join(f"<input name={name} value='{value.replace('TOKEN', token)}'>" for name, value in fields.items())
    issuer = live_server.app.settings.issuer
    evil.page = f"<form method=post action='{issuer}{path}'>{inputs}<button>Win a prize</button></form>"
    await page.goto(f"{evil.origin}/")
    await page.click("button")
    assert await heading(page) == "That came from another site"
    assert await live_server.grants() == []
    await page.goto(f"{issuer}/")
    await expect(page.get_by_text("You are signed in as admin@example.com")).to_be_visible()


async def test_a_consent_link_that_somebody_sent_decides_nothing(live_server: Server, browser: Browser) -> None:
    client = await live_server.make_client()
    attacker = await browser.new_page()
    await attacker.goto(authorization_url(live_server, client))
    await sign_in(attacker)
    await attacker.wait_for_selector(ALLOW)
    victim = await browser.new_page()
    await victim.goto(f"{live_server.app.settings.issuer}/sign-in")
    await sign_in(victim)
    await victim.goto(attacker.url)
    assert await heading(victim) == "This link was not started in this browser"
    assert await victim.locator("form").count() == 0
